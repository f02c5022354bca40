package dev.argon.waltools.replay;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/// How far each replication origin has been replayed: the file `pg_logical/replorigin_checkpoint`
/// (origin.c): magic, entries of 16 bytes (origin u16, padding, remote LSN u64), CRC-32C of all
/// before.
final class ReplicationOrigins {

  static final String FILE = "pg_logical/replorigin_checkpoint";

  private static final int MAGIC = 0x1257DADE;
  private static final int ENTRY_SIZE = 16;

  private final Map<Integer, Long> remoteLsns = new TreeMap<>();

  static ReplicationOrigins read(Path data) throws IOException, CorruptDataException {
    ReplicationOrigins origins = new ReplicationOrigins();
    Path file = data.resolve(FILE);
    if (!Files.exists(file)) {
      return origins;
    }
    byte[] bytes = Files.readAllBytes(file);
    int end = bytes.length - Integer.BYTES;
    boolean whole =
        end >= Integer.BYTES
            && (end - Integer.BYTES) % ENTRY_SIZE == 0
            && LittleEndian.readInt(bytes, 0) == MAGIC
            && LittleEndian.readInt(bytes, end) == crc(bytes, end);
    if (!whole) {
      throw new CorruptDataException(file + " is damaged");
    }
    for (int at = Integer.BYTES; at < end; at += ENTRY_SIZE) {
      origins.advance(
          LittleEndian.unsignedShort(bytes, at), LittleEndian.readLong(bytes, at + Long.BYTES));
    }
    return origins;
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /// A `remoteLsn` of 0 drops the origin.
  void advance(int origin, long remoteLsn) {
    if (remoteLsn == 0) {
      remoteLsns.remove(origin);
    } else {
      remoteLsns.put(origin, remoteLsn);
    }
  }

  void write(Path data) throws IOException {
    int end = Integer.BYTES + remoteLsns.size() * ENTRY_SIZE;
    byte[] bytes = new byte[end + Integer.BYTES];
    LittleEndian.writeInt(bytes, 0, MAGIC);
    int at = Integer.BYTES;
    for (Map.Entry<Integer, Long> origin : remoteLsns.entrySet()) {
      LittleEndian.writeShort(bytes, at, origin.getKey());
      LittleEndian.writeLong(bytes, at + Long.BYTES, origin.getValue());
      at += ENTRY_SIZE;
    }
    LittleEndian.writeInt(bytes, end, crc(bytes, end));
    Path file = data.resolve(FILE);
    Files.createDirectories(file.resolveSibling("x").getParent());
    Files.write(file, bytes);
  }
}
