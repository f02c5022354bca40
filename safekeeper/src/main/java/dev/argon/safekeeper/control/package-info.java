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
/// | 4 | u32 | format version, 2 |
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
/// | u32, then n x partial segment | partial segments of ours in the object store (since version 2) |
/// | u8, u64 | 1 if the WAL was evicted from this disk, else 0; the end of the log (since version 2) |
///
/// A partial segment: u8 status (1 may exist, 2 exists, 3 to be deleted), u16 length and UTF-8 name
/// of the object, u64 term, u64 flush LSN, u64 commit LSN.
///
/// Version 1 ends with the backup LSN; it is still read. A file of a newer version is an error of
/// its own ([NewerFormatException]): the timeline is refused, others are not affected.
@NullMarked
package dev.argon.safekeeper.control;

import org.jspecify.annotations.NullMarked;
