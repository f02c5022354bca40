/// The WAL of a timeline on disk: segment files named and filled as in PostgreSQL's `pg_wal`. A
/// file comes into being with the first byte written into it, has its full size from then on
/// (sparse), and is never used again for another segment; so what was never written reads as zeros,
/// which is no record, and the end of the log can be found by its bytes alone. Blocks are made a
/// little ahead of the log's end, by writing zeros: a sync is cheaper when it makes none.
///
/// Below the first LSN of a timeline a segment holds zeros on disk; readers get generated page
/// headers and a filler instead.
///
/// What must never break: WAL below the commit LSN is never overwritten or cut; a torn end is cut
/// at a record's end; damage below what was durable is reported, never skipped.
@NullMarked
package dev.argon.safekeeper.wal;

import org.jspecify.annotations.NullMarked;
