package dev.argon.safekeeper.transfer;

import dev.argon.postgres.CorruptDataException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Reads plain files from a tar stream, one after the other.
final class TarReader {

  private final InputStream in;
  private long left;
  private int padding;

  TarReader(InputStream in) {
    this.in = in;
  }

  /// A file in the stream.
  record Entry(String name, long size) {}

  /// Skips what is left of the file before and goes to the next.
  ///
  /// @return empty at the stream's end
  /// @throws CorruptDataException if this is no tar of plain files
  Optional<Entry> next() throws IOException, CorruptDataException {
    in.skipNBytes(left + padding);
    left = 0;
    padding = 0;
    byte[] header = in.readNBytes(TarWriter.BLOCK_BYTES);
    if (header.length == 0) {
      return Optional.empty();
    }
    if (header.length < TarWriter.BLOCK_BYTES) {
      throw new EOFException("the snapshot broke off");
    }
    if (header[0] == 0) {
      return Optional.empty();
    }
    long checksum = octal(header, TarWriter.CHECKSUM_OFFSET, TarWriter.CHECKSUM_BYTES);
    if (checksum != TarWriter.checksum(header)
        || header[TarWriter.TYPE_OFFSET] != TarWriter.PLAIN_FILE) {
      throw new CorruptDataException("a snapshot with an entry that is no plain file");
    }
    left = octal(header, TarWriter.SIZE_OFFSET, TarWriter.SIZE_BYTES);
    padding = TarWriter.padding(left);
    int end = 0;
    while (end < TarWriter.NAME_BYTES && header[end] != 0) {
      end++;
    }
    return Optional.of(new Entry(new String(header, 0, end, StandardCharsets.US_ASCII), left));
  }

  /// Reads from the current file.
  ///
  /// @return how many bytes, 0 at its end
  int read(byte[] into) throws IOException {
    int wanted = (int) Math.min(into.length, left);
    int count = in.readNBytes(into, 0, wanted);
    if (count < wanted) {
      throw new EOFException("the snapshot broke off");
    }
    left -= count;
    return count;
  }

  private static long octal(byte[] header, int offset, int width) throws CorruptDataException {
    String text = new String(header, offset, width, StandardCharsets.US_ASCII);
    String digits = text.replace("\0", " ").strip();
    try {
      long value = digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new CorruptDataException("a snapshot with the number " + digits, e);
    }
    throw new CorruptDataException("a snapshot with the number " + digits);
  }
}
