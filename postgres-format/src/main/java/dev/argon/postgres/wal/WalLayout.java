package dev.argon.postgres.wal;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.PostgresVersion;
import java.util.Locale;

/// Where things lie in the WAL of one cluster: pages, segments and their files.
///
/// @param version decides the page magic
/// @param segmentSize bytes, a power of two from 1 MiB to 1 GiB (`wal_segment_size`)
/// @param systemIdentifier of the cluster, 0 if it is not to be checked
public record WalLayout(PostgresVersion version, int segmentSize, long systemIdentifier) {

  /// `XLOG_BLCKSZ`.
  public static final int PAGE_SIZE = 8192;

  /// What initdb chooses if nothing is said: 16 MiB.
  public static final int DEFAULT_SEGMENT_SIZE = 16 << 20;

  /// Records start on multiples of this (`MAXIMUM_ALIGNOF`).
  public static final int ALIGNMENT = 8;

  public WalLayout {
    if (Integer.bitCount(segmentSize) != 1 || segmentSize < 1 << 20 || segmentSize > 1 << 30) {
      throw new IllegalArgumentException("not a WAL segment size: " + segmentSize);
    }
  }

  /// The layout of version 15 with segments of 16 MiB.
  public static WalLayout v15(long systemIdentifier) {
    return new WalLayout(PostgresVersion.V15, DEFAULT_SEGMENT_SIZE, systemIdentifier);
  }

  public static long alignUp(long value) {
    return (value + ALIGNMENT - 1) & -ALIGNMENT;
  }

  public static int pageOffset(long lsn) {
    return (int) (lsn & (PAGE_SIZE - 1));
  }

  public static long pageStart(long lsn) {
    return lsn & -PAGE_SIZE;
  }

  public int segmentOffset(long lsn) {
    return (int) (lsn & (segmentSize - 1));
  }

  public long segmentNumber(long lsn) {
    return Long.divideUnsigned(lsn, segmentSize);
  }

  /// The LSN of a segment's first byte.
  public long segmentStart(long segmentNumber) {
    return segmentNumber * segmentSize;
  }

  /// The size of the header of the page that starts at `pageLsn`: long at a segment's start.
  public int pageHeaderSize(long pageLsn) {
    return segmentOffset(pageLsn) == 0 ? WalPageHeader.LONG_SIZE : WalPageHeader.SHORT_SIZE;
  }

  /// Where a record that begins at or after `lsn` really begins: behind the page header if `lsn` is
  /// a page boundary (what a record's end may be), else at `lsn`.
  public long firstRecordLsn(long lsn) {
    return pageOffset(lsn) == 0 ? lsn + pageHeaderSize(lsn) : lsn;
  }

  public Lsn firstRecordLsn(Lsn lsn) {
    return new Lsn(firstRecordLsn(lsn.value()));
  }

  /// Whether a record may begin (or have ended) at `lsn`: aligned, and not inside a page header.
  public boolean isRecordBoundary(long lsn) {
    int offset = pageOffset(lsn);
    return lsn % ALIGNMENT == 0 && (offset == 0 || offset >= pageHeaderSize(pageStart(lsn)));
  }

  /// The file of a segment: timeline, high and low part, eight hexadecimal digits each
  /// (`XLogFileName`).
  public String segmentFileName(int timeline, long segmentNumber) {
    long segmentsPerId = 0x1_0000_0000L / segmentSize;
    return String.format(
        Locale.ROOT,
        "%08X%08X%08X",
        timeline,
        Long.divideUnsigned(segmentNumber, segmentsPerId),
        Long.remainderUnsigned(segmentNumber, segmentsPerId));
  }
}
