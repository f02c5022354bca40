/// What outlives a start of an endpoint though it is neither pages nor WAL: PostgreSQL's cumulative
/// statistics and the list of cached blocks. Objects in the object store, below the timeline's, by
/// endpoint: `tenants/T/timelines/L/endpoints/E/statistics` and `.../cache-state`. They go with the
/// timeline.
///
/// Used by the compute's life. What must never break: all of it may be lost or old at any time, and
/// no start or stop fails for it.
///
/// ## An object, version 1
///
/// Big-endian.
///
/// | offset | size | what |
/// |---|---|---|
/// | 0 | 8 | magic, `ARGNKEPT` |
/// | 8 | 4 | version of the format, 1 |
/// | 12 | 8 | LSN: the end of the log that the content belongs to, or 0 |
/// | 20 | 4 | number of entries |
/// | 24 | | entries: length of the name u16, the name in ASCII, length u32, bytes |
/// | end - 4 | 4 | CRC-32C of everything before |
///
/// Statistics: one entry for each file of `pg_stat`, whose LSN is the end of the shutdown
/// checkpoint; they are put back only where a server boots from that very position. Cache state:
/// one entry, `state`, as [dev.argon.compute.prewarm.CacheState] describes it.
@NullMarked
package dev.argon.compute.kept;

import org.jspecify.annotations.NullMarked;
