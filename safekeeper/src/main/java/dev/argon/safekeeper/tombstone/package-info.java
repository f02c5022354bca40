/// What is left of a timeline that was deleted on this safekeeper: up to which membership
/// generation it must not come back. A request that was on its way when the timeline was deleted
/// would otherwise make it again, empty, and let it vote without its memory.
///
/// `<directory>/<tenant>/<timeline>.tombstone`, big-endian, without padding; written to a file with
/// `.partial` behind its name, synced, renamed, and the directory is synced.
///
/// | offset | type | field |
/// |---|---|---|
/// | 0 | u32 | magic `0x41536B54` ("ASkT") |
/// | 4 | u32 | format version, 1 |
/// | 8 | u64, u64 | tenant id, high half first |
/// | 24 | u64, u64 | timeline id, high half first |
/// | 40 | u32 | generation: creation and pull are refused at this one and below; `0x7FFFFFFF`: for ever |
/// | 44 | u64 | when it was deleted, milliseconds since 1970 |
/// | 52 | u32 | CRC-32C of all bytes before |
///
/// Another version or a wrong checksum is an error, and nothing is created in its place.
@NullMarked
package dev.argon.safekeeper.tombstone;

import org.jspecify.annotations.NullMarked;
