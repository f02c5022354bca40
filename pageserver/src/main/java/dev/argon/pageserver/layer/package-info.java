/// Versions of keys in memory and in files. A version is (key, LSN, kind, bytes); its LSN is the
/// end of the WAL record it comes from. The timeline package decides what lies where; nothing here
/// knows what a key means, except that relation blocks can be cut.
///
/// What must never break: a file counts only with a footer that is whole, and every block is
/// checked against its CRC-32C each time it is read from disk. A file is never believed by its
/// name.
///
/// ## Layer file, format 1
///
/// Big-endian. Header, blocks, filter, index, footer, in this order without gaps.
///
/// Header (16 bytes):
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | magic `ARGONLYR` |
/// | 8 | 4 | format version, 1 |
/// | 12 | 4 | kind: 1 delta, 2 image |
///
/// Block, after unpacking (about 32 KiB; a longer value has a block of its own): entries one after
/// the other, sorted by key, then LSN, then the order in which they were written; then their
/// offsets (u32 each), then their count (u32). Entry:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 16 | key |
/// | 16 | 8 | LSN |
/// | 24 | 1 | kind of value ([dev.argon.pageserver.layer.ValueKind]) |
/// | 25 | 1 | block index in the WAL record |
/// | 26 | 4 | length n |
/// | 30 | n | bytes |
///
/// Filter: a Bloom filter over the keys, u64 words, 10 bits a key, 7 probes
/// ([dev.argon.pageserver.layer.KeyFilter]).
///
/// Index, for each block 48 bytes:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 16 | key of the first entry |
/// | 16 | 8 | LSN of the first entry |
/// | 24 | 8 | offset in the file |
/// | 32 | 4 | length in the file |
/// | 36 | 4 | length unpacked |
/// | 40 | 4 | CRC-32C of the bytes in the file |
/// | 44 | 4 | codec: 0 as is, 1 zstd |
///
/// Footer (160 bytes, the last of the file):
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | magic `ARGONFTR` |
/// | 8 | 4 | format version |
/// | 12 | 4 | kind |
/// | 16 | 16 | tenant |
/// | 32 | 16 | timeline |
/// | 48 | 8 | start LSN: every version lies above it |
/// | 56 | 8 | end LSN: no version lies above it |
/// | 64 | 16 | first key |
/// | 80 | 16 | last key |
/// | 96 | 8 | count of versions |
/// | 104 | 4 | count of versions of kind "relation cut" |
/// | 108 | 4 | count of blocks |
/// | 112 | 8 | filter: offset |
/// | 120 | 4 | filter: length |
/// | 124 | 4 | filter: CRC-32C |
/// | 128 | 8 | index: offset |
/// | 136 | 4 | index: length |
/// | 140 | 4 | index: CRC-32C |
/// | 144 | 8 | length of the file |
/// | 152 | 4 | zero |
/// | 156 | 4 | CRC-32C of the footer's bytes 0 to 155 |
///
/// A torn file has no footer where its length says; a file of another length than its footer's, a
/// wrong checksum or an unknown version is a `CorruptDataException` that names the file.
@NullMarked
package dev.argon.pageserver.layer;

import org.jspecify.annotations.NullMarked;
