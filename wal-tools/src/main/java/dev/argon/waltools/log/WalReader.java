package dev.argon.waltools.log;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.postgres.wal.WalStreamDecoder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;

/// Goes through the records of a [WalDirectory]:
///
/// ```
/// while (reader.next()) { use(reader.record(), reader.recordEndLsn()); }
/// report(reader.end());
/// ```
///
/// `record()` is one object for all records, good until the next call of `next()`. Its bytes lie in
/// the chunk read last or, if it crosses a page, in memory of the reader's own.
///
/// One thread at a time.
public final class WalReader implements AutoCloseable {

  /// How much is read at once; divides every segment size.
  public static final int CHUNK_SIZE = 1 << 20;

  /// Takes the next chunk, [#CHUNK_SIZE] bytes that were just read, and gives memory of the same
  /// size for another. Nothing of the chunk before is read any more by the reader when it is asked.
  @FunctionalInterface
  public interface Chunks {
    byte[] exchange(byte[] chunk);
  }

  private final WalDirectory directory;
  private final TimelineHistory history;
  private final WalStreamDecoder decoder;
  private final Chunks chunks;
  private final WalLayout layout;
  private long untilLsn = -1L;

  // The segment being read.
  private Optional<FileChannel> channel = Optional.empty();
  private long segmentNumber = -1;
  private boolean partial;
  private String fileName = "";

  private long bytesRead;

  /// Read into, or to be read into.
  private byte[] spare = new byte[CHUNK_SIZE];

  private Optional<ReadAhead> readAhead = Optional.empty();

  /// Where damage was found once, 0 if nowhere.
  private long lookedAgainLsn;

  private Optional<WalEnd> end = Optional.empty();

  private WalReader(
      WalDirectory directory, TimelineHistory history, WalStreamDecoder decoder, Chunks chunks) {
    this.directory = directory;
    this.history = history;
    this.decoder = decoder;
    this.chunks = chunks;
    layout = directory.layout();
  }

  /// A reader of the records from a record boundary on.
  public static WalReader startingAt(
      WalDirectory directory, TimelineHistory history, long startLsn, Chunks chunks) {
    return new WalReader(
        directory, history, WalStreamDecoder.startingAt(startLsn, directory.layout()), chunks);
  }

  /// As [#startingAt], with memory of its own.
  public static WalReader startingAt(
      WalDirectory directory, TimelineHistory history, long startLsn) {
    return startingAt(directory, history, startLsn, inTurns());
  }

  /// A reader from a page boundary on, which may lie within a record: that one is skipped.
  public static WalReader findingFirstRecordFrom(
      WalDirectory directory, TimelineHistory history, long pageLsn) {
    return new WalReader(
        directory,
        history,
        WalStreamDecoder.findingFirstRecordFrom(pageLsn, directory.layout()),
        inTurns());
  }

  // Two pieces of memory: one is looked at, the other is read into.
  private static Chunks inTurns() {
    byte[][] idle = {new byte[CHUNK_SIZE]};
    return chunk -> {
      byte[] other = idle[0];
      idle[0] = chunk;
      return other;
    };
  }

  /// Files are read by a thread of its own, a chunk ahead.
  public WalReader readingAhead() {
    readAhead = Optional.of(new ReadAhead());
    return this;
  }

  /// Records that end behind `lsn` are not handed out.
  public WalReader until(long lsn) {
    untilLsn = lsn;
    return this;
  }

  /// Goes to the next record.
  ///
  /// @return false at the end, which [#end] explains
  /// @throws CorruptWalException if the log is damaged but goes on behind the damage
  public boolean next() throws IOException, CorruptWalException {
    if (end.isPresent()) {
      return false;
    }
    while (true) {
      try {
        if (decoder.next()) {
          return withinLimit();
        }
        if (!readChunk()) {
          return false;
        }
      } catch (CorruptWalException e) {
        throw e;
      } catch (CorruptDataException e) {
        if (!looksAgain(String.valueOf(e.getMessage()))) {
          return false;
        }
      }
    }
  }

  private boolean withinLimit() {
    if (untilLsn != -1L && Long.compareUnsigned(decoder.recordEndLsn(), untilLsn) > 0) {
      end =
          Optional.of(
              new WalEnd(
                  WalEnd.Kind.UNTIL,
                  decoder.recordStartLsn(),
                  "the next record ends behind " + Lsn.toString(untilLsn)));
      return false;
    }
    return true;
  }

  // Answers whether there was anything more.
  private boolean readChunk() throws IOException, CorruptWalException {
    long lsn = decoder.fedLsn();
    long number = layout.segmentNumber(lsn);
    if (number != segmentNumber && !openSegment(number)) {
      return false;
    }
    int offset = layout.segmentOffset(lsn);
    int length = CHUNK_SIZE - offset % CHUNK_SIZE;
    byte[] chunk = spare;
    int count =
        readAhead.isPresent() && readAhead.get().isAt(offset)
            ? readAhead.get().take()
            : WalDirectory.read(channel.orElseThrow(), offset, chunk, 0, length);
    spare = chunks.exchange(chunk);
    if (readAhead.isPresent() && count == length && offset + length < layout.segmentSize()) {
      readAhead.get().begin(channel.orElseThrow(), offset + length, spare);
    }
    bytesRead += count;
    if (count == 0) {
      endOfShortFile(offset);
      return false;
    }
    decoder.feed(chunk, 0, count);
    return true;
  }

  private boolean openSegment(long number) throws IOException, CorruptWalException {
    closeSegment();
    Optional<WalDirectory.Segment> segment = directory.segment(number, history);
    if (segment.isEmpty()) {
      endOrDamage(
          "there is no segment "
              + layout.segmentFileName(history.timeline(), number)
              + " in "
              + directory.path());
      return false;
    }
    WalDirectory.Segment found = segment.get();
    channel = Optional.of(FileChannel.open(found.file(), StandardOpenOption.READ));
    segmentNumber = number;
    partial = found.partial();
    fileName = found.file().getFileName().toString();
    return true;
  }

  private void endOfShortFile(int offset) throws IOException, CorruptWalException {
    String what =
        "segment file %s has %d bytes, not %d".formatted(fileName, offset, layout.segmentSize());
    if (!partial) {
      throw new CorruptWalException(decoder.fedLsn(), what);
    }
    endOrDamage(what);
  }

  // A server may be writing the log: what was not there when the chunk was read may be there by
  // now.
  // So damage is damage only at the second look.
  private boolean looksAgain(String reason) throws IOException, CorruptWalException {
    long lsn = decoder.boundaryLsn();
    boolean again =
        lsn != lookedAgainLsn
            && decoder.recordStartLsn() != 0
            && new LaterWal(directory, history).findAfter(lsn).isPresent();
    if (again) {
      long lastLsn = decoder.recordStartLsn();
      lookedAgainLsn = lsn;
      closeSegment();
      decoder.restart(lsn);
      decoder.expectPrevious(lastLsn);
    } else {
      endOrDamage(reason);
    }
    return again;
  }

  // The log cannot be read on: that is its end, unless valid log follows.
  private void endOrDamage(String reason) throws IOException, CorruptWalException {
    long lsn = decoder.boundaryLsn();
    String text = reason.startsWith("WAL ") ? reason.substring("WAL ".length()) : reason;
    OptionalLong later = new LaterWal(directory, history).findAfter(lsn);
    if (later.isPresent()) {
      throw new CorruptWalException(
          lsn, text + "; valid WAL follows at " + Lsn.toString(later.getAsLong()));
    }
    end = Optional.of(new WalEnd(isTorn(lsn) ? WalEnd.Kind.TORN : WalEnd.Kind.CLEAN, lsn, text));
  }

  // A record was begun if there is a length where it would begin, on a page that is this log's.
  private boolean isTorn(long lsn) throws IOException {
    Optional<WalDirectory.Segment> segment = directory.segment(layout.segmentNumber(lsn), history);
    if (segment.isEmpty()) {
      return false;
    }
    long recordLsn = layout.firstRecordLsn(lsn);
    if (recordLsn != lsn && !LaterWal.isValidPage(segment.get(), lsn, layout)) {
      return false;
    }
    byte[] length = new byte[Integer.BYTES];
    int count =
        WalDirectory.read(
            segment.get().file(), layout.segmentOffset(recordLsn), length, 0, length.length);
    for (int i = 0; i < count; i++) {
      if (length[i] != 0) {
        return true;
      }
    }
    return false;
  }

  public WalRecord record() {
    return decoder.record();
  }

  /// Where the record begins: behind the page header if it is the first of its page.
  public long recordStartLsn() {
    return decoder.recordStartLsn();
  }

  /// PostgreSQL's `EndRecPtr`.
  public long recordEndLsn() {
    return decoder.recordEndLsn();
  }

  /// The end of the last record handed out by the decoder.
  public long boundaryLsn() {
    return decoder.boundaryLsn();
  }

  /// How many bytes were read from files.
  public long bytesRead() {
    return bytesRead;
  }

  /// Why [#next] answered false.
  ///
  /// @throws IllegalStateException if it did not
  public WalEnd end() {
    return end.orElseThrow(() -> new IllegalStateException("the log has not ended"));
  }

  private void closeSegment() throws IOException {
    if (readAhead.isPresent()) {
      readAhead.get().forget();
    }
    if (channel.isPresent()) {
      channel.get().close();
      channel = Optional.empty();
      segmentNumber = -1;
    }
  }

  @Override
  public void close() throws IOException {
    closeSegment();
    if (readAhead.isPresent()) {
      readAhead.get().close();
    }
  }
}
