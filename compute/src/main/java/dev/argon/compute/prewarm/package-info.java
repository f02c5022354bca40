/// Which blocks are in the relation files, and getting them there before they are read.
///
/// Used by the compute's life (a list is kept over a stop and restored at the next start) and by
/// the SQL functions `get_local_cache_state` and `prewarm_local_cache`. What must never break:
/// blocks are only asked for, by PostgreSQL's own worker and in the way a reader ahead does, so
/// that a list that is old, wrong or of another cluster costs requests and nothing else.
///
/// ## A cache state
///
/// Neon's, as its SQL functions hand it out. Little-endian.
///
/// | offset | size | what |
/// |---|---|---|
/// | 0 | 4 | magic, 0xfcfcfcfc |
/// | 4 | 4 | number of parts, u32 |
/// | 8 | 4 | number of blocks in all of them, u32 |
/// | 12 | 2 | binary logarithm of a part's blocks, 0 to 10; written: 7 |
/// | 14 | 2 | 0 |
/// | 16 | 20 each | parts: tablespace, database, file number, fork, first block; u32 each |
/// | then | 1 bit for each block of each part | which blocks are meant: bit 0 of byte 0 is the first block of part 0 |
///
/// Parts that were used recently come first. There is no checksum; the object that keeps one over a
/// stop has its own.
@NullMarked
package dev.argon.compute.prewarm;

import org.jspecify.annotations.NullMarked;
