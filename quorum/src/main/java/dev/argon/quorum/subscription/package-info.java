/// What storage nodes tell each other about timelines, over one connection for each pair of nodes:
/// safekeepers one another, and each safekeeper the pageservers. It takes the place of a broker.
///
/// PostgreSQL protocol, command `SUBSCRIBE (node 'ID', kind 'safekeeper')` or `kind 'pageserver'`,
/// answered by CopyBothResponse. Of two safekeepers the one with the lower id connects. Then either
/// side sends, one message in a CopyData, integers big-endian:
///
/// | message | layout |
/// |---|---|
/// | timelines | `T`, u32 count, count x update |
/// | remote-consistent LSNs, from a pageserver | `R`, u32 count, count x {u64, u64 tenant, u64, u64 timeline, u64 lsn} |
/// | sign of life | `K` |
///
/// | offset in an update | type | field |
/// |---|---|---|
/// | 0 | u64, u64 | tenant id, high half first |
/// | 16 | u64, u64 | timeline id, high half first |
/// | 32 | u32 | generation of the membership |
/// | 36 | u64 | term |
/// | 44 | u64 | term that wrote the end of the log |
/// | 52 | u64 | flush LSN |
/// | 60 | u64 | commit LSN |
/// | 68 | u64 | LSN below which whole segments are in the object store |
/// | 76 | u64 | LSN below which no pageserver needs WAL |
/// | 84 | u64 | LSN below which all members have the WAL |
/// | 92 | u8 | 1 if a proposer is connected |
///
/// After connecting a side sends all timelines that the other one is concerned with, then those
/// that change, the first at once, more at most five times a second. A side that has nothing to say
/// sends a sign of life every five seconds; twenty seconds of silence end the connection.
@NullMarked
package dev.argon.quorum.subscription;

import org.jspecify.annotations.NullMarked;
