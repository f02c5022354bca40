/// What a WAL record does to storage as a whole: which blocks it changes, through references and
/// without them, which relations and SLRU pages come and go, and how the checkpoint state moves on.
///
/// The pageserver's ingest is the caller: it hands each record to `RecordEffects.decode`, files
/// what the sink receives under the record's end LSN, and moves a `CheckPointState` along. Nothing
/// here reads a page: an effect that depends on a page's old content is a change that is applied
/// when the page is asked for (`PageChange.apply`).
///
/// Never to break: an effect that is forgotten here is a wrong page for ever. A record of a kind
/// that a server of this version does not write is an error, not skipped.
///
/// The bytes of a `PageChange` (ours, version 1; numbers little-endian, transaction ids,
/// multixacts, offsets and block numbers unsigned). They are kept inside values that carry their
/// own checksum; bytes that are none of these are recognised by tag, length and ranges.
///
/// ```
/// tag  | layout                                           | change
/// 0x11 | bits u8, heap block u32 (1 or more)              | clear visibility map bits: 1 all visible,
///      |                                                  | 2 all frozen
/// 0x12 | heap blocks u16 (1..32671)                       | clear a visibility map page behind them
/// 0x13 | slots u16 (1..4068)                              | clear a free space map page behind them
/// 0x14 | state u8, transaction u32 (1 or more)            | set states in a commit log page
/// 0x15 | (multixact u32, offset u32) (1 or more)          | set where members begin
/// 0x16 | first offset u32, (transaction u32, state u8)... | set consecutive multixact members
/// ```
@NullMarked
package dev.argon.redo.effect;

import org.jspecify.annotations.NullMarked;
