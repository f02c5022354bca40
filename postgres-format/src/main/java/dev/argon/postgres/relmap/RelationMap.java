package dev.argon.postgres.relmap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.CRC32C;

/// The content of a `pg_filenode.map` of version 15.
///
/// @param mappings at most [#MAPPINGS_MAX], in the file's order
public record RelationMap(List<Mapping> mappings) {

  /// The file's size.
  public static final int SIZE = 512;

  /// `MAX_MAPPINGS`.
  public static final int MAPPINGS_MAX = 62;

  private static final int MAGIC = 0x592717;
  private static final int OFFSET_MAPPINGS = 8;
  private static final int OFFSET_CRC = 504;

  /// One catalog and its file; both are unsigned object ids.
  public record Mapping(int catalog, int fileNumber) {}

  public RelationMap {
    mappings = List.copyOf(mappings);
    if (mappings.size() > MAPPINGS_MAX) {
      throw new IllegalArgumentException(mappings.size() + " mappings");
    }
  }

  /// Reads a whole file.
  ///
  /// @throws CorruptDataException if size, magic, count or checksum are wrong
  public static RelationMap read(byte[] file) throws CorruptDataException {
    check(file, 0, file.length);
    int count = LittleEndian.readInt(file, 4);
    List<Mapping> mappings = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int offset = OFFSET_MAPPINGS + 8 * i;
      mappings.add(
          new Mapping(LittleEndian.readInt(file, offset), LittleEndian.readInt(file, offset + 4)));
    }
    return new RelationMap(mappings);
  }

  /// Checks a map without taking it apart.
  ///
  /// @throws CorruptDataException if size, magic, count or checksum are wrong
  public static void check(byte[] bytes, int offset, int length) throws CorruptDataException {
    if (length != SIZE || offset < 0 || bytes.length - offset < SIZE) {
      throw new CorruptDataException("relation map of " + length + " bytes, not " + SIZE);
    }
    int magic = LittleEndian.readInt(bytes, offset);
    int count = LittleEndian.readInt(bytes, offset + 4);
    if (magic != MAGIC || count < 0 || count > MAPPINGS_MAX) {
      throw new CorruptDataException(
          "relation map with magic %X, %d entries".formatted(magic, count));
    }
    if (crc(bytes, offset) != LittleEndian.readInt(bytes, offset + OFFSET_CRC)) {
      throw new CorruptDataException("relation map with a wrong checksum");
    }
  }

  private static int crc(byte[] bytes, int offset) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, OFFSET_CRC);
    return (int) crc.getValue();
  }

  /// The whole file.
  public byte[] toBytes() {
    byte[] file = new byte[SIZE];
    LittleEndian.writeInt(file, 0, MAGIC);
    LittleEndian.writeInt(file, 4, mappings.size());
    int offset = OFFSET_MAPPINGS;
    for (Mapping mapping : mappings) {
      LittleEndian.writeInt(file, offset, mapping.catalog());
      LittleEndian.writeInt(file, offset + 4, mapping.fileNumber());
      offset += 8;
    }
    LittleEndian.writeInt(file, OFFSET_CRC, crc(file, 0));
    return file;
  }

  /// The file of a mapped catalog, if the map has it.
  public OptionalInt fileNumber(int catalog) {
    return mappings.stream()
        .filter(mapping -> mapping.catalog() == catalog)
        .mapToInt(Mapping::fileNumber)
        .findFirst();
  }
}
