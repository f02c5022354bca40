package dev.argon.postgres.wal;

/// WAL bytes as they stand in segment files, page headers included.
///
/// @param startLsn LSN of the first byte
/// @param recordLsn where the record in them begins (behind the page header, if there is one at the
///   start)
/// @param endLsn LSN behind the last byte: the record's end, aligned to 8
/// @param bytes `endLsn - startLsn` bytes
@SuppressWarnings("ArrayRecordComponent") // a carrier of bytes, never compared
public record FramedWal(long startLsn, long recordLsn, long endLsn, byte[] bytes) {}
