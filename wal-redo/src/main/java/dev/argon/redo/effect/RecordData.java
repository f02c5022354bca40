package dev.argon.redo.effect;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.WalRecord;
import java.nio.charset.StandardCharsets;

/// Reads a record's main data from front to back, never past its end.
final class RecordData {

  private final WalRecord record;
  private final byte[] bytes;
  private final int start;
  private final int end;
  private int position;

  RecordData(WalRecord record) {
    this.record = record;
    bytes = record.bytes();
    start = record.mainDataOffset();
    end = start + record.mainDataLength();
    position = start;
  }

  private int take(int count) throws CorruptDataException {
    if (count < 0 || end - position < count) {
      throw new CorruptDataException(
          "WAL record %s: main data of %d bytes ends before what it announces"
              .formatted(record, end - start));
    }
    int taken = position;
    position += count;
    return taken;
  }

  int readByte() throws CorruptDataException {
    return LittleEndian.unsignedByte(bytes, take(1));
  }

  int readShort() throws CorruptDataException {
    return LittleEndian.unsignedShort(bytes, take(2));
  }

  int readInt() throws CorruptDataException {
    return LittleEndian.readInt(bytes, take(4));
  }

  long readLong() throws CorruptDataException {
    return LittleEndian.readLong(bytes, take(8));
  }

  RelFileNode readRelation() throws CorruptDataException {
    int at = take(12);
    return new RelFileNode(
        LittleEndian.readInt(bytes, at),
        LittleEndian.readInt(bytes, at + 4),
        LittleEndian.readInt(bytes, at + 8));
  }

  /// A count of items of which each takes `size` bytes further on: checked against what is there
  /// before anything is allocated for it.
  int readCount(int size) throws CorruptDataException {
    int count = readInt();
    if (count < 0 || (end - position) / size < count) {
      throw new CorruptDataException(
          "WAL record %s announces %d items of %d bytes".formatted(record, count, size));
    }
    return count;
  }

  int[] readInts(int count) throws CorruptDataException {
    int at = take(Math.multiplyExact(count, Integer.BYTES));
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = LittleEndian.readInt(bytes, at + Integer.BYTES * i);
    }
    return values;
  }

  byte[] readBytes(int count) throws CorruptDataException {
    int at = take(count);
    return java.util.Arrays.copyOfRange(bytes, at, at + count);
  }

  void skip(int count) throws CorruptDataException {
    take(count);
  }

  /// Skips a text and the NUL that ends it.
  void skipText() throws CorruptDataException {
    int next = readByte();
    while (next != 0) {
      next = readByte();
    }
  }

  /// Reads a text and the NUL that ends it.
  String readText() throws CorruptDataException {
    int start = position;
    skipText();
    return new String(bytes, start, position - start - 1, StandardCharsets.UTF_8);
  }

  int remaining() {
    return end - position;
  }
}
