package dev.argon.safekeeper.transfer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Writes plain files as a tar stream (POSIX.1-1988 ustar). The caller writes as many bytes as it
/// has announced.
final class TarWriter {

  static final int BLOCK_BYTES = 512;

  static final int NAME_BYTES = 100;
  static final int MODE_OFFSET = 100;
  static final int OWNER_OFFSET = 108;
  static final int GROUP_OFFSET = 116;
  static final int SIZE_OFFSET = 124;
  static final int SIZE_BYTES = 12;
  static final int TIME_OFFSET = 136;
  static final int CHECKSUM_OFFSET = 148;
  static final int CHECKSUM_BYTES = 8;
  static final int TYPE_OFFSET = 156;
  static final int MAGIC_OFFSET = 257;
  static final byte PLAIN_FILE = '0';

  private final OutputStream out;
  private long left;
  private long size;

  TarWriter(OutputStream out) {
    this.out = out;
  }

  /// Begins a file of `bytes` bytes.
  void begin(String name, long bytes) throws IOException {
    finishFile();
    byte[] header = new byte[BLOCK_BYTES];
    byte[] nameBytes = name.getBytes(StandardCharsets.US_ASCII);
    if (nameBytes.length > NAME_BYTES) {
      throw new IllegalArgumentException("too long for a file in a snapshot: " + name);
    }
    System.arraycopy(nameBytes, 0, header, 0, nameBytes.length);
    octal(header, MODE_OFFSET, 8, 0600);
    octal(header, OWNER_OFFSET, 8, 0);
    octal(header, GROUP_OFFSET, 8, 0);
    octal(header, SIZE_OFFSET, SIZE_BYTES, bytes);
    octal(header, TIME_OFFSET, 12, 0);
    header[TYPE_OFFSET] = PLAIN_FILE;
    put(header, MAGIC_OFFSET, "ustar\0" + "00");
    octal(header, CHECKSUM_OFFSET, 7, checksum(header));
    header[CHECKSUM_OFFSET + 7] = ' ';
    out.write(header);
    size = bytes;
    left = bytes;
  }

  void write(ByteBuffer bytes) throws IOException {
    int count = bytes.remaining();
    if (count > left) {
      throw new IllegalArgumentException("more bytes than were announced");
    }
    out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), count);
    bytes.position(bytes.limit());
    left -= count;
  }

  /// Ends the stream.
  void finish() throws IOException {
    finishFile();
    out.write(new byte[2 * BLOCK_BYTES]);
    out.flush();
  }

  private void finishFile() throws IOException {
    if (left > 0) {
      throw new IllegalStateException(left + " bytes of a file are missing");
    }
    out.write(new byte[padding(size)]);
    size = 0;
  }

  /// How many bytes follow a file up to the next block.
  static int padding(long size) {
    return (int) (-size & (BLOCK_BYTES - 1));
  }

  private static void put(byte[] header, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, offset, bytes.length);
  }

  private static void octal(byte[] header, int offset, int width, long value) {
    put(header, offset, String.format(Locale.ROOT, "%0" + (width - 1) + "o", value));
  }

  /// The sum of a header's bytes, those of the sum itself taken as blanks.
  static int checksum(byte[] header) {
    int sum = 0;
    for (int i = 0; i < BLOCK_BYTES; i++) {
      boolean isOwn = i >= CHECKSUM_OFFSET && i < CHECKSUM_OFFSET + CHECKSUM_BYTES;
      sum += isOwn ? ' ' : Byte.toUnsignedInt(header[i]);
    }
    return sum;
  }
}
