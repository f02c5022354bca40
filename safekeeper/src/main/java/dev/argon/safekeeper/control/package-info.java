/// The control file of a timeline: what an acceptor must know after a restart. Written before any
/// answer that rests on it; a timeline without it does not exist on this safekeeper.
///
/// `<directory>/<tenant>/<timeline>/safekeeper.control`, big-endian, without padding. It is written
/// to `safekeeper.control.partial`, synced, renamed, and the directory is synced; so it is always
/// whole, and a file whose checksum is wrong is damage of the disk.
///
/// | offset | type | field |
/// |---|---|---|
/// | 0 | u32 | magic `0x41536B43` ("ASkC") |
/// | 4 | u32 | format version, 1 |
/// | 8 | u32 | length of the body in bytes |
/// | 12 | | body |
/// | 12 + length | u32 | CRC-32C of all bytes before |
///
/// Body:
///
/// | type | field |
/// |---|---|
/// | u64 | node id of the safekeeper: the file is of no use to another one |
/// | u64, u64 | tenant id, high half first |
/// | u64, u64 | timeline id, high half first |
/// | u32 | membership generation |
/// | u32, then n x {u64 node id, u16 length, UTF-8 host, u16 port} | members |
/// | the same | new members, 0 if the configuration is not joint |
/// | u64 | term |
/// | u32, then n x {u64 term, u64 lsn} | term history, ascending, at least one entry |
/// | u32, u64, u32 | PG_VERSION_NUM, system id, WAL segment size |
/// | u64 | LSN at which the timeline begins |
/// | u64 | flush LSN: at least this much WAL was durable when the file was written |
/// | u64 | commit LSN |
/// | u64 | LSN below which all members have the WAL |
/// | u64 | LSN below which the pageserver needs no WAL |
/// | u64 | LSN below which whole segments are in the object store |
@NullMarked
package dev.argon.safekeeper.control;

import org.jspecify.annotations.NullMarked;
