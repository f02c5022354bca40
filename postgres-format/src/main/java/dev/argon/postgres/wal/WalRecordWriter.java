package dev.argon.postgres.wal;

import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.CheckPoint;
import java.util.Arrays;
import java.util.List;

/// Writes WAL where no server does: the shutdown checkpoint a compute starts from, and the part of
/// a segment before a timeline's first LSN.
public final class WalRecordWriter {

  /// `XLOG_CHECKPOINT_SHUTDOWN` (pg_control.h).
  public static final int XLOG_CHECKPOINT_SHUTDOWN = 0x00;

  /// Main data longer than this needs the long header.
  private static final int SHORT_DATA_MAX = 255;

  private WalRecordWriter() {}

  /// A record with its checksum, contiguous as [WalRecord] reads it.
  ///
  /// @param info the resource manager's bits of `xl_info`
  public static byte[] record(
      int resourceManager,
      int info,
      int transactionId,
      long prevLsn,
      List<BlockReference> blocks,
      byte[] mainData) {
    byte[] record = new byte[recordLength(blocks, mainData)];
    int position = WalRecord.HEADER_SIZE;
    for (BlockReference block : blocks) {
      position = writeBlockHeader(record, position, block);
    }
    if (mainData.length > SHORT_DATA_MAX) {
      record[position] = (byte) WalRecord.ID_DATA_LONG;
      LittleEndian.writeInt(record, position + 1, mainData.length);
      position += 5;
    } else if (mainData.length > 0) {
      record[position] = (byte) WalRecord.ID_DATA_SHORT;
      record[position + 1] = (byte) mainData.length;
      position += 2;
    }
    for (BlockReference block : blocks) {
      System.arraycopy(block.image(), 0, record, position, block.image().length);
      position += block.image().length;
      System.arraycopy(block.data(), 0, record, position, block.data().length);
      position += block.data().length;
    }
    System.arraycopy(mainData, 0, record, position, mainData.length);

    LittleEndian.writeInt(record, 0, record.length);
    LittleEndian.writeInt(record, WalRecord.OFFSET_TRANSACTION_ID, transactionId);
    LittleEndian.writeLong(record, WalRecord.OFFSET_PREV, prevLsn);
    record[WalRecord.OFFSET_INFO] = (byte) info;
    record[WalRecord.OFFSET_RESOURCE_MANAGER] = (byte) resourceManager;
    LittleEndian.writeInt(
        record, WalRecord.OFFSET_CRC, WalRecord.computeCrc(record, 0, record.length));
    return record;
  }

  private static int recordLength(List<BlockReference> blocks, byte[] mainData) {
    int length = WalRecord.HEADER_SIZE + mainData.length;
    if (mainData.length > 0) {
      length += mainData.length > SHORT_DATA_MAX ? 5 : 2;
    }
    for (BlockReference block : blocks) {
      length += 20 + block.data().length + (block.image().length > 0 ? 5 : 0);
      length += block.image().length;
    }
    return length;
  }

  private static int writeBlockHeader(byte[] record, int start, BlockReference block) {
    int position = start;
    int flags = block.fork();
    flags |= block.willInit() ? WalRecord.BLOCK_WILL_INIT : 0;
    flags |= block.data().length > 0 ? WalRecord.BLOCK_HAS_DATA : 0;
    flags |= block.image().length > 0 ? WalRecord.BLOCK_HAS_IMAGE : 0;
    record[position] = (byte) block.id();
    record[position + 1] = (byte) flags;
    LittleEndian.writeShort(record, position + 2, block.data().length);
    position += 4;
    if (block.image().length > 0) {
      LittleEndian.writeShort(record, position, block.image().length);
      LittleEndian.writeShort(record, position + 2, 0);
      record[position + 4] = WalRecord.IMAGE_APPLY;
      position += 5;
    }
    LittleEndian.writeInt(record, position, block.relation().spcNode());
    LittleEndian.writeInt(record, position + 4, block.relation().dbNode());
    LittleEndian.writeInt(record, position + 8, block.relation().relNode());
    LittleEndian.writeInt(record, position + 12, block.block());
    return position + 16;
  }

  /// Lays a record out at `lsn`, with the page headers that fall into it. If `lsn` is a page
  /// boundary the bytes begin with that page's header.
  ///
  /// @param lsn where the record before ends
  /// @throws IllegalArgumentException if no record can begin there
  public static FramedWal frame(byte[] record, long lsn, int timeline, WalLayout layout) {
    if (!layout.isRecordBoundary(lsn)) {
      throw new IllegalArgumentException("no record can begin at " + Lsn.toString(lsn));
    }
    int headersMax = record.length / (WalLayout.PAGE_SIZE - WalPageHeader.LONG_SIZE) + 2;
    byte[] bytes =
        new byte[(int) WalLayout.alignUp(record.length) + headersMax * WalPageHeader.LONG_SIZE];
    int written = 0;
    int taken = 0;
    while (taken < record.length) {
      long position = lsn + written;
      if (WalLayout.pageOffset(position) == 0) {
        long remaining = taken == 0 ? 0 : record.length - taken;
        written += WalPageHeader.write(bytes, written, position, timeline, remaining, layout);
        continue;
      }
      int room = WalLayout.PAGE_SIZE - WalLayout.pageOffset(position);
      int count = Math.min(room, record.length - taken);
      System.arraycopy(record, taken, bytes, written, count);
      written += count;
      taken += count;
    }
    written = (int) (WalLayout.alignUp(lsn + written) - lsn);
    return new FramedWal(
        lsn, layout.firstRecordLsn(lsn), lsn + written, Arrays.copyOf(bytes, written));
  }

  /// The shutdown checkpoint a server can start from without any other WAL. `redo` becomes the
  /// record's own start and no transaction is active, whatever `checkPoint` says.
  ///
  /// @param lsn where the record before ends
  /// @param prevLsn where the record before begins; if that is not known, any lower LSN
  public static FramedWal shutdownCheckpoint(
      CheckPoint checkPoint,
      long lsn,
      long prevLsn,
      long timeSeconds,
      int timeline,
      WalLayout layout) {
    long recordLsn = layout.firstRecordLsn(lsn);
    byte[] body = checkPoint.asShutdownAt(recordLsn, timeSeconds).toBytes();
    byte[] record =
        record(ResourceManager.XLOG, XLOG_CHECKPOINT_SHUTDOWN, 0, prevLsn, List.of(), body);
    return frame(record, lsn, timeline, layout);
  }

  /// What stands in a segment before `lsn` when nobody knows its real content: valid page headers
  /// that all belong to one made-up record, begun in an earlier segment and ending at `lsn`. A
  /// reader that starts at the segment's beginning (`pg_waldump`, a walreceiver) finds the record
  /// at `lsn` as the first; one that starts at `lsn` finds the headers it checks.
  ///
  /// @param lsn a record boundary
  /// @return the bytes from the segment's start to `lsn`, empty if `lsn` is the start
  public static byte[] segmentPrefix(long lsn, int timeline, WalLayout layout) {
    if (!layout.isRecordBoundary(lsn)) {
      throw new IllegalArgumentException("no record can begin at " + Lsn.toString(lsn));
    }
    int length = layout.segmentOffset(lsn);
    byte[] prefix = new byte[length];
    long segmentStart = lsn - length;
    for (int offset = 0; offset < length; offset += WalLayout.PAGE_SIZE) {
      long pageLsn = segmentStart + offset;
      // Payload from here to the end: what is left of the bytes without this and later headers.
      int laterPages = (length - offset - 1) / WalLayout.PAGE_SIZE;
      long remaining =
          length
              - offset
              - layout.pageHeaderSize(pageLsn)
              - (long) laterPages * WalPageHeader.SHORT_SIZE;
      WalPageHeader.write(prefix, offset, pageLsn, timeline, remaining, layout);
    }
    return prefix;
  }
}
