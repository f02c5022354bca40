package dev.argon.compute.boot;

import dev.argon.postgres.wal.FramedWal;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecordWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/// Writes the local WAL segment that holds the boot record: valid page headers before it, zeros
/// after it. A record may cross into the next segment, which then exists too.
final class BootSegment {

  private BootSegment() {}

  static void write(Path walDirectory, BootRecord record, WalLayout layout) throws IOException {
    FramedWal wal = record.wal();
    byte[] prefix = WalRecordWriter.segmentPrefix(wal.startLsn(), BootRecord.TIMELINE, layout);
    put(walDirectory, wal.startLsn() - prefix.length, prefix, 0, prefix.length, layout);
    int done = 0;
    while (done < wal.bytes().length) {
      long lsn = wal.startLsn() + done;
      int room = layout.segmentSize() - layout.segmentOffset(lsn);
      int count = Math.min(room, wal.bytes().length - done);
      put(walDirectory, lsn, wal.bytes(), done, count, layout);
      done += count;
    }
    // PostgreSQL opens the segment its next record goes to; it makes that one itself if the boot
    // record ends exactly at a segment's end.
  }

  private static void put(
      Path walDirectory, long lsn, byte[] bytes, int from, int count, WalLayout layout)
      throws IOException {
    String name = layout.segmentFileName(BootRecord.TIMELINE, layout.segmentNumber(lsn));
    try (RandomAccessFile file = new RandomAccessFile(walDirectory.resolve(name).toFile(), "rw")) {
      file.setLength(layout.segmentSize());
      file.seek(layout.segmentOffset(lsn));
      file.write(bytes, from, count);
    }
  }
}
