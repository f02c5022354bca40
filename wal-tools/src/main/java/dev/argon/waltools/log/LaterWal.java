package dev.argon.waltools.log;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalPageHeader;
import dev.argon.postgres.wal.WalStreamDecoder;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/// Looks for valid log behind a place that cannot be read: what tells damage from the log's end. A
/// crashed server leaves nothing valid behind the end: what stands there is zeros or an older
/// segment, whose pages say so in their addresses.
final class LaterWal {

  private final WalDirectory directory;
  private final TimelineHistory history;
  private final WalLayout layout;

  LaterWal(WalDirectory directory, TimelineHistory history) {
    this.directory = directory;
    this.history = history;
    layout = directory.layout();
  }

  /// The start of a valid record behind the page of `lsn`, or of a page that belongs further on in
  /// the log (files in the wrong order).
  OptionalLong findAfter(long lsn) throws IOException {
    long first = layout.segmentNumber(lsn);
    long last = directory.lastNumber(history);
    for (long number = first; number <= last; number++) {
      Optional<WalDirectory.Segment> segment = directory.segment(number, history);
      if (segment.isEmpty()) {
        continue;
      }
      long start = layout.segmentStart(number);
      long page = number == first ? WalLayout.pageStart(lsn) : start;
      OptionalLong found = findIn(segment.get(), page, lsn, number == first);
      if (found.isPresent()) {
        return found;
      }
    }
    return OptionalLong.empty();
  }

  // Of a later segment, only the first page is looked at: it is whole if anything is.
  private OptionalLong findIn(
      WalDirectory.Segment segment, long firstPageLsn, long lsn, boolean allPages)
      throws IOException {
    byte[] bytes = new byte[allPages || isWanted(segment) ? layout.segmentSize() : 0];
    int end = WalDirectory.read(segment.file(), 0, bytes, 0, bytes.length);
    long start = layout.segmentStart(segment.number());
    end = allPages ? end : Math.min(end, WalLayout.PAGE_SIZE);
    for (int offset = (int) (firstPageLsn - start); offset < end; offset += WalLayout.PAGE_SIZE) {
      if (end - offset < WalPageHeader.LONG_SIZE) {
        break;
      }
      long pageLsn = start + offset;
      long address = LittleEndian.readLong(bytes, offset + 8);
      if (isOfLaterPage(bytes, offset, pageLsn, address)) {
        return OptionalLong.of(address);
      }
      // The page of `lsn` itself has the record that could not be read, and a crash may leave whole
      // records behind one that was still being copied, up to the end of that page.
      if (Long.compareUnsigned(pageLsn, lsn) > 0) {
        OptionalLong record = recordFrom(bytes, offset, pageLsn, lsn);
        if (record.isPresent()) {
          return record;
        }
      }
    }
    return OptionalLong.empty();
  }

  // A recycled segment is told by its first page alone.
  private boolean isWanted(WalDirectory.Segment segment) throws IOException {
    byte[] header = new byte[WalPageHeader.LONG_SIZE];
    int count = WalDirectory.read(segment.file(), 0, header, 0, header.length);
    long pageLsn = layout.segmentStart(segment.number());
    return count == header.length
        && Long.compareUnsigned(LittleEndian.readLong(header, 8), pageLsn) >= 0;
  }

  // A page of this cluster that belongs further on: recycled segments hold older ones only.
  private boolean isOfLaterPage(byte[] bytes, int offset, long pageLsn, long address) {
    if (Long.compareUnsigned(address, pageLsn) <= 0
        || WalLayout.pageOffset(address) != 0
        || layout.segmentOffset(address) != layout.segmentOffset(pageLsn)) {
      return false;
    }
    try {
      WalPageHeader.check(bytes, offset, address, layout);
      return true;
    } catch (CorruptDataException _) {
      return false; // Not a page at all.
    }
  }

  private OptionalLong recordFrom(byte[] bytes, int offset, long pageLsn, long lsn) {
    WalStreamDecoder decoder = WalStreamDecoder.findingFirstRecordFrom(pageLsn, layout);
    decoder.feed(bytes, offset, bytes.length - offset);
    try {
      while (decoder.next()) {
        if (Long.compareUnsigned(decoder.recordStartLsn(), lsn) > 0) {
          return OptionalLong.of(decoder.recordStartLsn());
        }
      }
    } catch (CorruptDataException _) {
      // No record here: that is the answer.
    }
    return OptionalLong.empty();
  }

  /// Whether the page of a segment file has the header that belongs there.
  static boolean isValidPage(WalDirectory.Segment segment, long pageLsn, WalLayout layout)
      throws IOException {
    byte[] header = new byte[WalPageHeader.LONG_SIZE];
    int offset = layout.segmentOffset(pageLsn);
    if (WalDirectory.read(segment.file(), offset, header, 0, header.length) < header.length) {
      return false;
    }
    try {
      WalPageHeader.check(header, 0, pageLsn, layout);
      return true;
    } catch (CorruptDataException _) {
      return false;
    }
  }
}
