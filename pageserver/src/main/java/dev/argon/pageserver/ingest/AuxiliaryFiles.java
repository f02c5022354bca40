package dev.argon.pageserver.ingest;

import dev.argon.pageservice.PageKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Files of the data directory that are kept through the WAL. The value is the path, a zero byte
/// and the content; the key has the first 12 bytes of the path's SHA-256, less two bits.
public final class AuxiliaryFiles {

  private AuxiliaryFiles() {}

  static PageKey key(String path) {
    byte[] digest;
    try {
      digest = MessageDigest.getInstance("SHA-256").digest(path.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    ByteBuffer bytes = ByteBuffer.wrap(digest);
    return PageKey.of(
        PageKey.Kind.AUXILIARY_FILE, 0, bytes.getInt(), bytes.getInt(), 0, bytes.getInt());
  }

  static byte[] value(String path, byte[] content) {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(name.length + 1 + content.length)
        .put(name)
        .put((byte) 0)
        .put(content)
        .array();
  }

  /// The path of a value.
  public static String path(ByteBuffer value) {
    return new String(bytes(value, 0, nameLength(value)), StandardCharsets.UTF_8);
  }

  /// The content of a value.
  public static byte[] content(ByteBuffer value) {
    int from = Math.min(value.remaining(), nameLength(value) + 1);
    return bytes(value, from, value.remaining() - from);
  }

  private static int nameLength(ByteBuffer value) {
    int length = 0;
    while (length < value.remaining() && value.get(value.position() + length) != 0) {
      length++;
    }
    return length;
  }

  private static byte[] bytes(ByteBuffer value, int from, int length) {
    byte[] bytes = new byte[length];
    value.get(value.position() + from, bytes);
    return bytes;
  }
}
