/// Reads a directory of WAL segment files, an archive or a `pg_wal`, record by record: over segment
/// files and timelines, up to where PostgreSQL's recovery would find the end of the log.
///
/// `wal verify` and `wal dump` are the callers. Never to break: what ends the log for a server (a
/// torn record, zeros, an old recycled segment) ends it here; damage with valid log behind it,
/// which a server would take for the end without a word, is an error with its LSN and reason.
@NullMarked
package dev.argon.waltools.log;

import org.jspecify.annotations.NullMarked;
