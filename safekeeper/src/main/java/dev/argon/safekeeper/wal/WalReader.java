package dev.argon.safekeeper.wal;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecordWriter;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/// Reads the WAL of one timeline for one reader, forwards. WAL below the timeline's first LSN, in
/// the segment that holds it, is generated. For one thread at a time.
public final class WalReader implements AutoCloseable {

  private final WalSource source;
  private final WalLayout layout;
  private final long timelineStartLsn;
  private @Nullable FileChannel channel;
  private long segment = -1;
  private byte @Nullable [] prefix;

  /// Where the file of a segment comes from.
  @FunctionalInterface
  public interface WalSource {

    /// Opens a file with the whole segment, for reading; the reader closes it.
    ///
    /// @throws NoSuchFileException if there is none any more
    FileChannel open(long segmentNumber) throws IOException;
  }

  public WalReader(WalSource source, WalLayout layout, Lsn timelineStartLsn) {
    this.source = source;
    this.layout = layout;
    this.timelineStartLsn = timelineStartLsn.value();
  }

  /// The lowest LSN that can be read, as long as nothing was removed.
  public Lsn firstReadableLsn() {
    return new Lsn(timelineStartLsn - layout.segmentOffset(timelineStartLsn));
  }

  /// How many bytes, `bytesMax` at most, can be had from one place at `lsn`.
  public int contiguousBytes(Lsn lsn, int bytesMax) {
    long position = lsn.value();
    long end = position - layout.segmentOffset(position) + layout.segmentSize();
    if (isGenerated(lsn)) {
      end = Math.min(end, timelineStartLsn);
    }
    return (int) Math.min(bytesMax, end - position);
  }

  /// Whether the WAL at `lsn` lies below the timeline's first LSN and is generated.
  public boolean isGenerated(Lsn lsn) {
    return Long.compareUnsigned(lsn.value(), timelineStartLsn) < 0;
  }

  /// Generated WAL from `lsn` on, `count` bytes.
  public ByteBuffer generated(Lsn lsn, int count) {
    byte[] bytes = prefix;
    if (bytes == null) {
      bytes = WalRecordWriter.segmentPrefix(timelineStartLsn, WalStore.TIMELINE, layout);
      prefix = bytes;
    }
    return ByteBuffer.wrap(bytes, layout.segmentOffset(lsn.value()), count);
  }

  /// The file that holds the segment of `lsn`. Valid until another segment is asked for.
  ///
  /// @throws NoSuchFileException if it was removed
  public FileChannel fileOf(Lsn lsn) throws IOException {
    long number = layout.segmentNumber(lsn.value());
    FileChannel current = channel;
    if (current != null && segment == number) {
      return current;
    }
    close();
    FileChannel opened = source.open(number);
    channel = opened;
    segment = number;
    prefix = null;
    return opened;
  }

  /// The offset of `lsn` in its file.
  public int offsetOf(Lsn lsn) {
    return layout.segmentOffset(lsn.value());
  }

  /// Fills `into` from `lsn` on, across segments and the generated part.
  public void read(Lsn lsn, ByteBuffer into) throws IOException {
    Lsn position = lsn;
    int limit = into.limit();
    while (into.position() < limit) {
      int count = contiguousBytes(position, limit - into.position());
      if (isGenerated(position)) {
        into.put(generated(position, count));
      } else {
        into.limit(into.position() + count);
        readFile(fileOf(position), offsetOf(position), into);
        into.limit(limit);
      }
      position = position.plus(count);
    }
  }

  private static void readFile(FileChannel file, int offset, ByteBuffer into) throws IOException {
    long position = offset;
    while (into.hasRemaining()) {
      int count = file.read(into, position);
      if (count < 0) {
        throw new EOFException("a WAL segment ends at " + position);
      }
      position += count;
    }
  }

  @Override
  public void close() throws IOException {
    FileChannel current = channel;
    channel = null;
    segment = -1;
    if (current != null) {
      current.close();
    }
  }
}
