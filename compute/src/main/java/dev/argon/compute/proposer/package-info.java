/// The WAL proposer: elects itself the writer of the timeline, is PostgreSQL's synchronous standby,
/// sends the WAL to every safekeeper, and acknowledges to PostgreSQL what a majority has on disk.
///
/// One thread with a selector drives all connections and owns all state: a commit costs two
/// wake-ups of that thread and no hand-over. Connecting and reading old WAL from a safekeeper
/// block, so virtual threads do that and hand over the result.
///
/// What must never break: the position reported to PostgreSQL is never above the commit LSN of the
/// quorum; once fenced, nothing is reported any more; WAL below the boot record's end is sent from
/// safekeepers' WAL only.
@NullMarked
package dev.argon.compute.proposer;

import org.jspecify.annotations.NullMarked;
