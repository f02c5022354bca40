/// A timeline's WAL in the object store: whole segments, the last unfinished one of an idle
/// timeline, what may be deleted there and here, and timelines whose WAL is only there.
///
/// Objects, below `<tenant>/<timeline>/wal/`:
///
/// | name | content |
/// |---|---|
/// | 24 hexadecimal digits | a whole segment as in `pg_wal`; below the timeline's first LSN generated page headers and a filler |
/// | `SEGMENT_term_flush_commit_skID.partial` | one safekeeper's bytes of its last segment up to flush, LSNs as 16 hexadecimal digits |
///
/// Who calls: the process's start and its housekeeping; readers, through [WalArchive#reader]; the
/// HTTP surface when a timeline is deleted. What must never break: local WAL is removed only after
/// the control file says that it is archived, a partial object only after its successor is known to
/// be whole; an object is deleted only when no reader can need it.
@NullMarked
package dev.argon.safekeeper.archive;

import org.jspecify.annotations.NullMarked;
