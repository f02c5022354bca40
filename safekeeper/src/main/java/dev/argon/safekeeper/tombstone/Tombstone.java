package dev.argon.safekeeper.tombstone;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.CorruptDataException;
import dev.argon.safekeeper.TimelineKey;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// @param generation the timeline may come back only in a higher one
/// @param deletedMillis when it was deleted, milliseconds since 1970
public record Tombstone(TimelineKey key, int generation, long deletedMillis) {

  /// The generation of a timeline that never comes back.
  public static final int FOR_EVER = Integer.MAX_VALUE;

  static final int MAGIC = 0x41536B54;
  static final int VERSION = 1;
  static final int BYTES = 56;

  private static final int CRC_OFFSET = BYTES - Integer.BYTES;

  ByteBuffer encode() {
    ByteBuffer file = ByteBuffer.allocate(BYTES);
    file.putInt(MAGIC).putInt(VERSION);
    file.putLong(key.tenant().high()).putLong(key.tenant().low());
    file.putLong(key.timeline().high()).putLong(key.timeline().low());
    file.putInt(generation).putLong(deletedMillis);
    file.putInt(crc(file));
    return file.flip();
  }

  private static int crc(ByteBuffer file) {
    CRC32C crc = new CRC32C();
    crc.update(file.slice(0, CRC_OFFSET));
    return (int) crc.getValue();
  }

  /// @param where the file's name, for messages
  static Tombstone decode(ByteBuffer file, String where) throws CorruptDataException {
    if (file.remaining() != BYTES || file.getInt(0) != MAGIC) {
      throw new CorruptDataException(where + ": not a tombstone");
    }
    if (file.getInt(4) != VERSION) {
      throw new CorruptDataException(
          where + ": format version " + file.getInt(4) + ", this program knows " + VERSION);
    }
    if (file.getInt(CRC_OFFSET) != crc(file)) {
      throw new CorruptDataException(where + ": wrong checksum");
    }
    return new Tombstone(
        new TimelineKey(
            new TenantId(file.getLong(8), file.getLong(16)),
            new TimelineId(file.getLong(24), file.getLong(32))),
        file.getInt(40),
        file.getLong(44));
  }
}
