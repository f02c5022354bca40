/// The file that PostgreSQL and this JVM both map: which blocks of the relation files hold valid
/// bytes, and the requests for those that do not. The C side is `extension/argon_shared.h`; the two
/// must agree byte for byte, which a test holds.
///
/// Used by the communicator and the evictor; created by whoever starts PostgreSQL. What must never
/// break: words that both sides write change by compare-and-swap only, and whoever finds that a
/// block's token is no longer the one it knew touches neither the entry nor the block's bytes.
///
/// ## Layout, version 2
///
/// Native byte order (little-endian), one sparse file per start, never read again afterwards.
///
/// | offset | what |
/// |---|---|
/// | 0 | header, 4096 bytes |
/// | `hash_offset` | hash slots, u32: 0 never used, 1 used before, else descriptor index + 2 |
/// | `chunks_offset` | chunk descriptors, 64 bytes: status, key (spc, db, rel, fork, number), flags |
/// | `slots_offset` | request slots, 512 bytes |
/// | `submitted_offset` | bitmap of submitted slots, u64 words |
/// | `rows_offset` | counters by process, rows of eight u64 |
/// | `orders_offset` | ring of image orders, 16 bytes |
/// | `waits_offset` | histograms of waits by process, rows of 32 u64: 29 buckets, sum of microseconds |
/// | `reads_offset` | the working set: 32 ranks of 1024 registers, u32: second of the last such read |
/// | `warm_offset` | ring of warm orders, 32 bytes |
/// | `blocks_offset` | block entries, 16 bytes: word u32, token u32, not-modified-since u64; 1024 for each descriptor, in its order |
///
/// The fields within are constants of [dev.argon.compute.memory.SharedMemoryLayout]. There is no
/// checksum: the file is memory. Magic, layout version and file size are checked when the server
/// attaches, and a file that an earlier server used is refused.
@NullMarked
package dev.argon.compute.memory;

import org.jspecify.annotations.NullMarked;
