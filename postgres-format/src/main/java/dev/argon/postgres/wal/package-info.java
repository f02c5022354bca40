/// The write-ahead log: pages, segments and records, read from a stream that arrives in arbitrary
/// pieces and written where the log has to be continued without a server. Called by everything that
/// touches WAL: safekeeper and proposer (boundaries, the boot checkpoint), pageserver (records),
/// compute (segments of a new data directory).
///
/// Never to break: a record is handed out only when its checksum is right and every byte up to its
/// end LSN has been fed; whatever the bytes are, the answer is a record, "more bytes", or a
/// [dev.argon.postgres.CorruptDataException].
///
/// All numbers are little-endian. Source: xlog_internal.h, xlogrecord.h and xlogreader.c of
/// PostgreSQL 15.
///
/// Page header (`XLogPageHeaderData`), 24 bytes on every 8192-byte page; the first page of a
/// segment has the long form of 40 bytes:
///
/// ```
/// offset | size | field       | meaning
///      0 |    2 | xlp_magic   | 0xD110 for version 15
///      2 |    2 | xlp_info    | 1 first is continuation, 2 long header, 4 backup blocks removable,
///        |      |             | 8 first replaces a missing continuation
///      4 |    4 | xlp_tli     | timeline
///      8 |    8 | xlp_pageaddr| LSN of the page's first byte
///     16 |    4 | xlp_rem_len | bytes of the record that continues here, headers not counted
///     20 |    4 | padding     | 0
///     24 |    8 | xlp_sysid   | long form: system identifier
///     32 |    4 | xlp_seg_size| long form: segment size in bytes
///     36 |    4 | xlp_xlog_blcksz | long form: 8192
/// ```
///
/// Record (`XLogRecord`), starting on a multiple of 8; only the first four bytes are sure to be on
/// the page it starts on:
///
/// ```
/// offset | size | field      | meaning
///      0 |    4 | xl_tot_len | length with this header
///      4 |    4 | xl_xid     | transaction
///      8 |    8 | xl_prev    | LSN of the record before
///     16 |    1 | xl_info    | high four bits belong to the resource manager
///     17 |    1 | xl_rmid    | resource manager
///     18 |    2 | padding    | 0
///     20 |    4 | xl_crc     | CRC-32C of bytes 24.., then 0..19
///     24 |      | headers    | per block reference: id u8 (0..32), fork and flags u8, data length u16,
///        |      |            | image header (length u16, hole offset u16, info u8, and the hole's
///        |      |            | length u16 if compressed with a hole), relation 3 x u32 unless "same",
///        |      |            | block u32; 253 origin u16; 252 top transaction u32; 255 main data,
///        |      |            | length u8; 254 main data, length u32
///        |      | payload    | per block reference: image, data; then main data
/// ```
///
/// Corruption is recognised by the magic and address of a page, by a continuation whose length does
/// not fit, by `xl_prev` and by the record's checksum.
@NullMarked
package dev.argon.postgres.wal;

import org.jspecify.annotations.NullMarked;
