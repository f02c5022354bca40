package dev.argon.safekeeper.wal;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalPageHeader;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.quorum.ControlState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Finds where the log of a timeline ends after a restart, by its bytes.
///
/// The log is read from a little below the persisted commit LSN, record by record. Where no valid
/// record follows, it ends; what stands behind is the torn end of an append that was never
/// acknowledged, if two things hold: that place is not below the persisted flush LSN, and no valid
/// record is found behind it. Else the disk has lost something that was durable, and the log must
/// not be used.
public final class WalScan {

  private static final int PIECE_BYTES = 256 << 10;

  /// How many whole segments below the commit LSN are read again.
  private static final int SEGMENTS_BEFORE = 1;

  private final WalStore store;
  private final WalLayout layout;
  private final ControlState control;

  private WalScan(WalStore store, ControlState control) {
    this.store = store;
    this.layout = store.layout();
    this.control = control;
  }

  /// The end of the last whole record.
  ///
  /// @throws CorruptDataException if WAL that was durable is missing or damaged
  public static Lsn findEnd(WalStore store, ControlState control)
      throws IOException, CorruptDataException {
    return new WalScan(store, control).findEnd();
  }

  private Lsn findEnd() throws IOException, CorruptDataException {
    long start = startLsn();
    WalStreamDecoder decoder =
        start == control.timelineStartLsn().value()
            ? WalStreamDecoder.startingAt(start, layout)
            : WalStreamDecoder.findingFirstRecordFrom(start, layout);
    decoder.checkingPrev(false);
    String damage = readAll(decoder, start);
    Lsn end = new Lsn(decoder.boundaryLsn());
    if (end.isBefore(control.flushLsn())) {
      throw new CorruptDataException(
          "WAL was durable up to "
              + control.flushLsn()
              + " but is valid only up to "
              + end
              + " ("
              + damage
              + ")");
    }
    long valid = findRecordBehind(end.value());
    if (valid != 0) {
      throw new CorruptDataException(
          "WAL is damaged at "
              + end
              + " ("
              + damage
              + ") though there is a valid record behind it, at "
              + Lsn.toString(valid));
    }
    return end;
  }

  private long startLsn() throws IOException {
    long first = control.timelineStartLsn().value();
    long commitSegment = layout.segmentNumber(control.commitLsn().value());
    long start = layout.segmentStart(Math.max(0, commitSegment - SEGMENTS_BEFORE));
    for (long number : store.segments()) {
      if (number >= layout.segmentNumber(start)) {
        // Older ones may have been removed, the one with the commit LSN may not.
        start = layout.segmentStart(Math.min(number, commitSegment));
        break;
      }
    }
    return Long.compareUnsigned(start, first) > 0 ? start : first;
  }

  /// Reads up to the first thing that is no record.
  ///
  /// @return what that is
  private String readAll(WalStreamDecoder decoder, long startLsn) throws IOException {
    byte[] piece = new byte[PIECE_BYTES];
    long position = startLsn;
    while (true) {
      Path file = store.file(layout.segmentNumber(position));
      if (!store.disk().exists(file)) {
        return "there is no file " + file.getFileName();
      }
      int offset = layout.segmentOffset(position);
      try (FileChannel channel = store.disk().open(file, StandardOpenOption.READ)) {
        while (offset < layout.segmentSize()) {
          int wanted = Math.min(piece.length, layout.segmentSize() - offset);
          int count = channel.read(ByteBuffer.wrap(piece, 0, wanted), offset);
          if (count <= 0) {
            return "file " + file.getFileName() + " ends at " + offset;
          }
          decoder.feed(piece, 0, count);
          decoder.skipToBoundary();
          offset += count;
          position += count;
        }
      } catch (CorruptDataException e) {
        return String.valueOf(e.getMessage());
      }
    }
  }

  /// Looks for a valid record on a page behind `endLsn`.
  ///
  /// @return where it ends, or 0 if there is none
  private long findRecordBehind(long endLsn) throws IOException {
    for (long number : store.segments()) {
      long segmentStart = layout.segmentStart(number);
      if (segmentStart + layout.segmentSize() <= endLsn) {
        continue;
      }
      byte[] content = store.disk().readAll(store.file(number));
      long firstPage = WalLayout.pageStart(Math.max(endLsn, segmentStart));
      for (long page = firstPage; page < segmentStart + content.length; page += 8192) {
        if (page <= endLsn) {
          continue;
        }
        long found = firstRecordFrom(content, (int) (page - segmentStart), page);
        if (found != 0) {
          return found;
        }
      }
    }
    return 0;
  }

  private long firstRecordFrom(byte[] content, int offset, long pageLsn) {
    if (content.length - offset < WalPageHeader.LONG_SIZE) {
      return 0;
    }
    if (content[offset] == 0 && content[offset + 1] == 0) {
      return 0; // no page was written here; spares an exception for each
    }
    try {
      WalPageHeader.check(content, offset, pageLsn, layout);
      WalStreamDecoder decoder =
          WalStreamDecoder.findingFirstRecordFrom(pageLsn, layout).checkingPrev(false);
      decoder.feed(content, offset, content.length - offset);
      return decoder.next() ? decoder.recordEndLsn() : 0;
    } catch (CorruptDataException e) {
      return 0; // what a torn end looks like
    }
  }
}
