package dev.argon.compute.kept;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/// Named pieces of bytes with a position; the package describes its format.
///
/// @param lsn 0/0 if the entries belong to none
record KeptObject(Lsn lsn, Map<String, byte[]> entries) {

  private static final long MAGIC = 0x4152474E4B455054L; // "ARGNKEPT"
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 24;
  private static final int CHECKSUM_BYTES = 4;
  private static final int ENTRIES_MAX = 64;

  /// Plain file names.
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.]{0,62}");

  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  ByteBuffer encode() {
    int size = HEADER_BYTES + CHECKSUM_BYTES;
    for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
      size += 2 + entry.getKey().length() + 4 + entry.getValue().length;
    }
    ByteBuffer bytes = ByteBuffer.allocate(size);
    bytes.putLong(MAGIC).putInt(VERSION).putLong(lsn.value()).putInt(entries.size());
    entries.forEach((name, content) -> {
      byte[] encoded = name.getBytes(StandardCharsets.US_ASCII);
      bytes.putShort((short) encoded.length).put(encoded);
      bytes.putInt(content.length).put(content);
    });
    bytes.putInt(checksum(bytes.array(), bytes.position()));
    return bytes.flip();
  }

  /// @throws CorruptDataException if the bytes are none
  static KeptObject decode(byte[] from) throws CorruptDataException {
    ByteBuffer bytes = ByteBuffer.wrap(from);
    if (from.length < HEADER_BYTES + CHECKSUM_BYTES || bytes.getLong() != MAGIC) {
      throw new CorruptDataException("not an object that a compute has kept");
    }
    int version = bytes.getInt();
    if (version != VERSION) {
      throw new CorruptDataException("an object of format " + version + ", not " + VERSION);
    }
    int end = from.length - CHECKSUM_BYTES;
    if (bytes.getInt(end) != checksum(from, end)) {
      throw new CorruptDataException("a kept object has a wrong checksum");
    }
    Lsn lsn = new Lsn(bytes.getLong());
    int count = bytes.getInt();
    if (count < 0 || count > ENTRIES_MAX) {
      throw new CorruptDataException("a kept object with " + count + " entries");
    }
    bytes.limit(end);
    Map<String, byte[]> entries = new TreeMap<>();
    try {
      for (int i = 0; i < count; i++) {
        String name = new String(take(bytes, bytes.getShort()), StandardCharsets.US_ASCII);
        if (!isName(name)) {
          throw new CorruptDataException("a kept object with an entry \"" + name + "\"");
        }
        entries.put(name, take(bytes, bytes.getInt()));
      }
    } catch (BufferUnderflowException e) {
      throw new CorruptDataException("a kept object ends within its entries", e);
    }
    return new KeptObject(lsn, entries);
  }

  private static byte[] take(ByteBuffer bytes, int length) {
    if (length < 0 || length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] taken = new byte[length];
    bytes.get(taken);
    return taken;
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
