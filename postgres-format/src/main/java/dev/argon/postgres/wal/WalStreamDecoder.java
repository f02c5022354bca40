package dev.argon.postgres.wal;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.Lsn;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32C;

/// Finds the records in raw WAL that arrives in arbitrary pieces.
///
/// Use: [#feed] a piece, then call [#next] until it answers false, then feed the following piece:
///
/// ```
/// decoder.feed(bytes, 0, count);
/// while (decoder.next()) { use(decoder.record(), decoder.recordEndLsn()); }
/// ```
///
/// The fed array must not change until `next()` has answered false; what is left of an unfinished
/// record is then kept inside. `record()` is one object for all records and good until the next
/// call of `next()`. A record that lies whole in the fed piece and on one page is not copied.
///
/// A record is handed out when every byte before its end LSN was fed: the zeros that align its end,
/// and behind an `XLOG_SWITCH` the rest of the segment. So `recordEndLsn() <= fedLsn()` always.
///
/// After an exception the decoder accepts nothing but [#restart]; [#boundaryLsn] stays the end of
/// the last good record, which is where a torn tail is cut.
///
/// One thread at a time.
public final class WalStreamDecoder {

  private static final byte[] NOTHING = {};

  private final WalLayout layout;
  private boolean checksPrev = true;
  private boolean checksCrc = true;

  // The piece that was fed: what of it is not consumed lies in [inputPosition, inputEnd).
  private byte[] input = NOTHING;
  private int inputPosition;
  private int inputEnd;

  /// LSN of the byte at `inputPosition`.
  private long position;

  /// A page header that has not arrived whole.
  private final byte[] header = new byte[WalPageHeader.LONG_SIZE];

  /// Whether the header of the page that holds `position` was read (or lay before the start).
  private boolean headerRead;

  private int timeline;

  // The record being assembled: its first `gathered` bytes lie in `assembly`. None if 0.
  private byte[] assembly = new byte[2 * WalLayout.PAGE_SIZE];
  private int gathered;
  private long assemblyStartLsn;

  /// Bytes of a record that began before the start, to be skipped.
  private boolean skipsFirstContinuation;

  private long skipRemaining;

  /// After a switch record: where the next segment starts. 0 if none is pending.
  private long switchEndLsn;

  private int switchLength;

  private boolean failed;
  private final CRC32C crc = new CRC32C();
  private final WalRecord record = new WalRecord();
  private long recordStartLsn;
  private long boundaryLsn;

  /// The start of the last record, 0 while unknown.
  private long previousRecordLsn;

  private WalStreamDecoder(WalLayout layout) {
    this.layout = layout;
  }

  /// A decoder for WAL whose first byte is at `startLsn`, a record boundary. On a page boundary the
  /// first record lies behind the page header.
  ///
  /// @throws IllegalArgumentException if no record can begin at `startLsn`
  public static WalStreamDecoder startingAt(long startLsn, WalLayout layout) {
    WalStreamDecoder decoder = new WalStreamDecoder(layout);
    decoder.restart(startLsn);
    return decoder;
  }

  /// A decoder for WAL from a page boundary on, which may lie within a record: what continues there
  /// is skipped, as `XLogFindNextRecord` does.
  ///
  /// @throws IllegalArgumentException if `pageLsn` is no page boundary
  public static WalStreamDecoder findingFirstRecordFrom(long pageLsn, WalLayout layout) {
    if (WalLayout.pageOffset(pageLsn) != 0) {
      throw new IllegalArgumentException("not a page boundary: " + Lsn.toString(pageLsn));
    }
    WalStreamDecoder decoder = startingAt(pageLsn, layout);
    decoder.skipsFirstContinuation = true;
    return decoder;
  }

  /// Forgets everything and goes on at another record boundary. The settings stay.
  public void restart(long startLsn) {
    if (!layout.isRecordBoundary(startLsn)) {
      throw new IllegalArgumentException("no record can begin at " + Lsn.toString(startLsn));
    }
    input = NOTHING;
    inputPosition = 0;
    inputEnd = 0;
    position = startLsn;
    headerRead = WalLayout.pageOffset(startLsn) != 0;
    timeline = 0;
    gathered = 0;
    skipsFirstContinuation = false;
    skipRemaining = 0;
    switchEndLsn = 0;
    failed = false;
    recordStartLsn = 0;
    boundaryLsn = startLsn;
    previousRecordLsn = 0;
  }

  /// Whether each record must name the one before it (on by default). The first record after a
  /// start only has to name an earlier LSN, unless [#expectPrevious] said which.
  public WalStreamDecoder checkingPrev(boolean checks) {
    checksPrev = checks;
    return this;
  }

  /// Whether checksums are verified (on by default).
  public WalStreamDecoder checkingCrc(boolean checks) {
    checksCrc = checks;
    return this;
  }

  /// The start of the record before the next one, where the caller knows it.
  public void expectPrevious(long recordLsn) {
    previousRecordLsn = recordLsn;
  }

  public void feed(byte[] bytes) {
    feed(bytes, 0, bytes.length);
  }

  /// Takes the next piece, without copying it.
  ///
  /// @throws IllegalStateException if the piece before is not used up, or after a corruption
  public void feed(byte[] bytes, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (failed || inputPosition < inputEnd) {
      throw new IllegalStateException(
          failed ? "fed after corrupt WAL" : "fed before next() answered false");
    }
    input = bytes;
    inputPosition = offset;
    inputEnd = offset + length;
  }

  /// Takes what remains in the buffer, whose position moves to its limit. The content of a direct
  /// buffer is copied.
  public void feed(ByteBuffer buffer) {
    int length = buffer.remaining();
    if (buffer.hasArray()) {
      feed(buffer.array(), buffer.arrayOffset() + buffer.position(), length);
      buffer.position(buffer.limit());
    } else {
      byte[] copy = new byte[length];
      buffer.get(copy);
      feed(copy);
    }
  }

  /// Goes to the next record.
  ///
  /// @return false if more bytes are needed
  /// @throws CorruptDataException naming the LSN, if the bytes are no valid WAL
  public boolean next() throws CorruptDataException {
    if (failed) {
      throw new IllegalStateException("read after corrupt WAL");
    }
    try {
      while (inputPosition < inputEnd) {
        if (switchEndLsn != 0) {
          if (skipToSwitchEnd()) {
            return handOut(assembly, 0, switchLength);
          }
        } else if (!headerRead) {
          if (!readPageHeader()) {
            return false;
          }
        } else if (skipRemaining > 0) {
          skipContinuation();
        } else if (takeRecordBytes()) {
          return true;
        }
      }
      return false;
    } catch (CorruptDataException e) {
      failed = true;
      input = NOTHING;
      inputPosition = 0;
      inputEnd = 0;
      throw e;
    }
  }

  /// Goes through all records of what was fed without handing them out; headers and checksums are
  /// checked all the same.
  ///
  /// @return [#boundaryLsn]
  public long skipToBoundary() throws CorruptDataException {
    boolean more = next();
    while (more) {
      more = next();
    }
    return boundaryLsn;
  }

  public WalRecord record() {
    return record;
  }

  /// Where the record begins: behind the page header if it is the first of its page.
  public long recordStartLsn() {
    return recordStartLsn;
  }

  /// Where the next record may begin (PostgreSQL's `EndRecPtr`): aligned to 8; a page boundary
  /// stays one, without the header behind it; after a switch the next segment's start.
  public long recordEndLsn() {
    return boundaryLsn;
  }

  /// The end of the last complete record, or the start if there was none.
  public long boundaryLsn() {
    return boundaryLsn;
  }

  /// The LSN behind the last byte fed.
  public long fedLsn() {
    return position + (inputEnd - inputPosition);
  }

  // Consumes the header of the page that holds `position`; its part that came with earlier pieces
  // is
  // in `header`, and `position` already behind it. Answers whether the header is whole.
  private boolean readPageHeader() throws CorruptDataException {
    long pageLsn = WalLayout.pageStart(position);
    int have = WalLayout.pageOffset(position);
    int missing = layout.pageHeaderSize(pageLsn) - have;
    int available = inputEnd - inputPosition;
    byte[] bytes = input;
    int offset = inputPosition;
    if (have > 0 || available < missing) {
      int taken = Math.min(missing, available);
      System.arraycopy(input, inputPosition, header, have, taken);
      if (taken < missing) {
        inputPosition += taken;
        position += taken;
        return false;
      }
      bytes = header;
      offset = 0;
    }
    WalPageHeader.check(bytes, offset, pageLsn, layout);
    checkContinuation(
        pageLsn,
        WalPageHeader.info(bytes, offset),
        WalPageHeader.remainingLength(bytes, offset),
        WalPageHeader.timeline(bytes, offset));
    inputPosition += missing;
    position += missing;
    headerRead = true;
    return true;
  }

  private void checkContinuation(long pageLsn, int info, long remaining, int pageTimeline)
      throws CorruptDataException {
    if (Integer.compareUnsigned(pageTimeline, timeline) < 0) {
      throw corrupt(pageLsn, "page of timeline " + pageTimeline + " after timeline " + timeline);
    }
    timeline = pageTimeline;
    boolean continues = (info & WalPageHeader.FIRST_IS_CONTINUATION) != 0;
    if ((info & WalPageHeader.FIRST_IS_OVERWRITE_CONTINUATION) != 0) {
      // The record that was to go on here was torn; another one takes its place.
      gathered = 0;
      skipRemaining = 0;
      skipsFirstContinuation = false;
    } else if (gathered > 0) {
      long total = LittleEndian.unsignedInt(assembly, 0);
      if (!continues || remaining != total - gathered) {
        throw corrupt(
            assemblyStartLsn,
            "record of %d bytes goes on with %d bytes on page %s, %d were expected"
                .formatted(
                    total, continues ? remaining : 0, Lsn.toString(pageLsn), total - gathered));
      }
    } else if (skipsFirstContinuation) {
      skipsFirstContinuation = false;
      skipRemaining = continues ? WalLayout.alignUp(remaining) : 0;
    } else if ((continues ? WalLayout.alignUp(remaining) : 0) != skipRemaining) {
      throw corrupt(pageLsn, "page continues " + remaining + " bytes of a record that did not end");
    }
  }

  private int availableOnPage() {
    int pageRemaining = WalLayout.PAGE_SIZE - WalLayout.pageOffset(position);
    return Math.min(pageRemaining, inputEnd - inputPosition);
  }

  private void consume(int count) {
    inputPosition += count;
    position += count;
    if (WalLayout.pageOffset(position) == 0) {
      headerRead = false;
    }
  }

  private void skipContinuation() {
    int count = (int) Math.min(skipRemaining, availableOnPage());
    skipRemaining -= count;
    consume(count);
    if (skipRemaining == 0) {
      boundaryLsn = position;
    }
  }

  // Takes what the input has of one record; answers whether a record is to be handed out.
  private boolean takeRecordBytes() throws CorruptDataException {
    int available = availableOnPage();
    if (gathered == 0) {
      assemblyStartLsn = position;
      if (available >= Integer.BYTES) {
        int total = checkLength(input, inputPosition);
        int aligned = (int) WalLayout.alignUp(total);
        if (aligned <= available) {
          int offset = inputPosition;
          byte[] bytes = input;
          consume(aligned);
          return complete(bytes, offset, total);
        }
      }
    }
    // The length is on the page the record begins on, but may come with two pieces.
    int wanted =
        gathered < Integer.BYTES
            ? Integer.BYTES
            : (int) WalLayout.alignUp(LittleEndian.readInt(assembly, 0));
    int count = Math.min(wanted - gathered, available);
    ensureAssembly(gathered + count, wanted);
    System.arraycopy(input, inputPosition, assembly, gathered, count);
    gathered += count;
    consume(count);
    if (gathered == Integer.BYTES) {
      checkLength(assembly, 0);
    } else if (gathered == wanted) {
      gathered = 0;
      return complete(assembly, 0, LittleEndian.readInt(assembly, 0));
    }
    return false;
  }

  // Grows with what has arrived, not with what a length claims.
  private void ensureAssembly(int needed, int wanted) {
    if (needed > assembly.length) {
      long doubled = Math.min(assembly.length * 2L, Math.max(wanted, needed));
      assembly = Arrays.copyOf(assembly, (int) Math.max(doubled, needed));
    }
  }

  private int checkLength(byte[] bytes, int offset) throws CorruptDataException {
    int total = LittleEndian.readInt(bytes, offset);
    if (total < WalRecord.HEADER_SIZE || total > WalRecord.LENGTH_MAX) {
      throw corrupt(assemblyStartLsn, "record length " + Integer.toUnsignedString(total));
    }
    return total;
  }

  // All of a record has been consumed: `position` is its end.
  private boolean complete(byte[] bytes, int offset, int length) throws CorruptDataException {
    checkHeader(bytes, offset);
    if (checksCrc
        && WalRecord.computeCrc(crc, bytes, offset, length)
            != LittleEndian.readInt(bytes, offset + WalRecord.OFFSET_CRC)) {
      throw corrupt(assemblyStartLsn, "record with a wrong checksum");
    }
    if (isSwitch(bytes, offset) && layout.segmentOffset(position) != 0) {
      System.arraycopy(bytes, offset, assembly, 0, length);
      switchLength = length;
      switchEndLsn = layout.segmentStart(layout.segmentNumber(position) + 1);
      return false;
    }
    return handOut(bytes, offset, length);
  }

  private void checkHeader(byte[] bytes, int offset) throws CorruptDataException {
    int manager = LittleEndian.unsignedByte(bytes, offset + WalRecord.OFFSET_RESOURCE_MANAGER);
    if (!ResourceManager.isValid(manager)) {
      throw corrupt(assemblyStartLsn, "record of resource manager " + manager);
    }
    long prev = LittleEndian.readLong(bytes, offset + WalRecord.OFFSET_PREV);
    boolean fits =
        (checksPrev && previousRecordLsn != 0)
            ? prev == previousRecordLsn
            : Long.compareUnsigned(prev, assemblyStartLsn) < 0;
    if (!fits) {
      throw corrupt(
          assemblyStartLsn,
          "record names %s as the one before it, which begins at %s"
              .formatted(Lsn.toString(prev), Lsn.toString(previousRecordLsn)));
    }
  }

  private static boolean isSwitch(byte[] bytes, int offset) {
    return LittleEndian.unsignedByte(bytes, offset + WalRecord.OFFSET_RESOURCE_MANAGER)
            == ResourceManager.XLOG
        && (bytes[offset + WalRecord.OFFSET_INFO] & 0xF0) == ResourceManager.XLOG_SWITCH;
  }

  // Nobody writes records behind a switch; what stands there is not looked at.
  private boolean skipToSwitchEnd() {
    int count = (int) Math.min(switchEndLsn - position, inputEnd - inputPosition);
    inputPosition += count;
    position += count;
    if (position != switchEndLsn) {
      return false;
    }
    headerRead = false;
    switchEndLsn = 0;
    return true;
  }

  private boolean handOut(byte[] bytes, int offset, int length) throws CorruptDataException {
    try {
      record.reset(bytes, offset, length);
    } catch (CorruptDataException e) {
      throw new CorruptDataException(
          "WAL at " + Lsn.toString(assemblyStartLsn) + ": " + e.getMessage(), e);
    }
    recordStartLsn = assemblyStartLsn;
    previousRecordLsn = assemblyStartLsn;
    boundaryLsn = position;
    return true;
  }

  private static CorruptDataException corrupt(long lsn, String what) {
    return new CorruptDataException("WAL at " + Lsn.toString(lsn) + ": " + what);
  }
}
