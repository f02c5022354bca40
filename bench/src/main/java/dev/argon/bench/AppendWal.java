package dev.argon.bench;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.FramedWal;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecordWriter;
import dev.argon.quorum.ProposerMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;

/// Valid WAL, made before the clock runs and mapped into memory, from a segment's first record on:
/// records with [#RECORD_DATA_BYTES] bytes that do not compress.
///
/// @param endLsn the end of the last record
/// @param bytes from [#START] to `endLsn`
record AppendWal(Lsn endLsn, ByteBuffer bytes) {

  static final WalLayout LAYOUT = WalLayout.v15(7_300_000_000_000_000_001L);
  static final int APPEND_BYTES = ProposerMessage.Append.BYTES_MAX;

  /// Of one record's data; its header and padding come on top.
  static final int RECORD_DATA_BYTES = 500;

  /// No record with its page headers is longer: so far behind an append's end a flush LSN may be.
  static final int RECORD_BYTES_MAX = 1024;

  /// Where a timeline with this WAL begins.
  static final Lsn START = LAYOUT.firstRecordLsn(new Lsn(LAYOUT.segmentStart(2)));

  /// Makes `count` appends, the last one up to the end of its last record.
  ///
  /// @param file holds the bytes; made, and mapped for as long as this process lives
  static AppendWal make(Path file, int count) throws IOException {
    byte[] data = new byte[RECORD_DATA_BYTES];
    new Random(1).nextBytes(data);
    long end = START.value();
    long previous = end - WalLayout.ALIGNMENT;
    long wanted = (long) count * APPEND_BYTES - RECORD_BYTES_MAX;
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      ByteBuffer gathered = ByteBuffer.allocateDirect(APPEND_BYTES);
      while (end - START.value() < wanted) {
        byte[] record =
            WalRecordWriter.record(ResourceManager.LOGICALMSG, 0, 0, previous, List.of(), data);
        FramedWal framed = WalRecordWriter.frame(record, end, 1, LAYOUT);
        if (gathered.remaining() < framed.bytes().length) {
          writeAll(channel, gathered);
        }
        gathered.put(framed.bytes());
        previous = framed.recordLsn();
        end = framed.endLsn();
      }
      writeAll(channel, gathered);
      channel.force(true); // so that nobody else's sync has to write it
      MappedByteBuffer mapped =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, end - START.value()).load();
      return new AppendWal(new Lsn(end), mapped);
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer gathered) throws IOException {
    gathered.flip();
    while (gathered.hasRemaining()) {
      channel.write(gathered);
    }
    gathered.clear();
  }

  int appends() {
    return (bytes.capacity() + APPEND_BYTES - 1) / APPEND_BYTES;
  }

  /// The bytes of one append.
  ByteBuffer append(int index) {
    int from = index * APPEND_BYTES;
    return bytes.slice(from, Math.min(APPEND_BYTES, bytes.capacity() - from));
  }

  /// Where an append begins; that of `appends()` is the end.
  Lsn lsnOf(int index) {
    return index == appends() ? endLsn : START.plus((long) index * APPEND_BYTES);
  }

  /// How many appends a flush LSN acknowledges. It is the end of a record, an append ends anywhere.
  int acknowledgedBy(Lsn flushLsn) {
    if (flushLsn.isBefore(START)) {
      return 0;
    }
    long count = (flushLsn.bytesAfter(START) + RECORD_BYTES_MAX) / APPEND_BYTES;
    return flushLsn.isAtLeast(endLsn) ? appends() : (int) Math.min(count, appends() - 1L);
  }
}
