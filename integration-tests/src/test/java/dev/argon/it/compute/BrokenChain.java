package dev.argon.it.compute;

import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/// A copy of WAL in which one record names another predecessor than its own and has a right
/// checksum, so that a check of the chain is seen to work.
final class BrokenChain {

  private static final Pattern POSITION = Pattern.compile("lsn: ([0-9A-F]+/[0-9A-F]+)");
  private static final int PAGE_BYTES = 8192;
  private static final int SEGMENT_BYTES = 16 << 20;

  /// `XLogRecord` of xlogrecord.h: total length at 0, previous record at 8, checksum at 20, data
  /// from 24 on. The checksum is that of the data and then of what stands before it.
  private static final int PREVIOUS_AT = 8;

  private static final int CHECKSUM_AT = 20;
  private static final int HEADER_BYTES = 24;

  private BrokenChain() {}

  /// @param records lines of `pg_waldump`; the first of them that lies in one page is spoilt
  static Path at(Path wal, List<String> records) throws IOException {
    Path copy = Files.createDirectory(wal.resolveSibling("broken"));
    try (Stream<Path> files = Files.list(wal)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    for (String record : records) {
      Matcher position = POSITION.matcher(record);
      if (position.find() && spoil(copy, Lsn.parse(position.group(1)).value())) {
        return copy;
      }
    }
    throw new AssertionError("every record crosses a page: " + records);
  }

  private static boolean spoil(Path directory, long lsn) throws IOException {
    String name = "00000001%08X%08X".formatted(lsn >>> 32, (lsn & 0xFFFFFFFFL) / SEGMENT_BYTES);
    try (RandomAccessFile file = new RandomAccessFile(directory.resolve(name).toFile(), "rw")) {
      byte[] header = new byte[HEADER_BYTES];
      file.seek(lsn % SEGMENT_BYTES);
      file.readFully(header);
      ByteBuffer view = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
      int length = view.getInt(0);
      if (lsn % PAGE_BYTES + length > PAGE_BYTES) {
        return false;
      }
      byte[] data = new byte[length - HEADER_BYTES];
      file.readFully(data);
      view.putLong(PREVIOUS_AT, view.getLong(PREVIOUS_AT) - 8);
      CRC32C checksum = new CRC32C();
      checksum.update(data);
      checksum.update(header, 0, CHECKSUM_AT);
      view.putInt(CHECKSUM_AT, (int) checksum.getValue());
      file.seek(lsn % SEGMENT_BYTES);
      file.write(header);
      return true;
    }
  }
}
