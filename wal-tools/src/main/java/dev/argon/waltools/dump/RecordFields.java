package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import java.nio.charset.StandardCharsets;

/// A record's main data or the data of one block as the C struct it is: fields at offsets, never
/// read past the end.
final class RecordFields {

  private final byte[] bytes;
  private final int start;
  private final int length;

  private RecordFields(byte[] bytes, int start, int length) {
    this.bytes = bytes;
    this.start = start;
    this.length = length;
  }

  static RecordFields ofMainData(WalRecord record) {
    return new RecordFields(record.bytes(), record.mainDataOffset(), record.mainDataLength());
  }

  /// @throws CorruptDataException if there is no such block
  static RecordFields ofBlock(WalRecord record, int blockId) throws CorruptDataException {
    int index = record.blockIndexOf(blockId);
    if (index < 0) {
      throw new CorruptDataException("no block " + blockId);
    }
    return new RecordFields(
        record.bytes(), record.blockDataOffset(index), record.blockDataLength(index));
  }

  int length() {
    return length;
  }

  private int at(int offset, int size) throws CorruptDataException {
    if (offset < 0 || length - offset < size) {
      throw new CorruptDataException("data of " + length + " bytes ends too early");
    }
    return start + offset;
  }

  int signedByte(int offset) throws CorruptDataException {
    return bytes[at(offset, 1)];
  }

  int unsignedByte(int offset) throws CorruptDataException {
    return LittleEndian.unsignedByte(bytes, at(offset, 1));
  }

  boolean flag(int offset) throws CorruptDataException {
    return signedByte(offset) != 0;
  }

  int unsignedShort(int offset) throws CorruptDataException {
    return LittleEndian.unsignedShort(bytes, at(offset, 2));
  }

  int integer(int offset) throws CorruptDataException {
    return LittleEndian.readInt(bytes, at(offset, 4));
  }

  long longInteger(int offset) throws CorruptDataException {
    return LittleEndian.readLong(bytes, at(offset, 8));
  }

  double floating(int offset) throws CorruptDataException {
    return Double.longBitsToDouble(longInteger(offset));
  }

  /// A block number as two halves, the high one first (`BlockIdData`).
  int block(int offset) throws CorruptDataException {
    return unsignedShort(offset) << 16 | unsignedShort(offset + 2);
  }

  /// A number of items of `size` bytes each that follow at `itemsOffset`; a negative one is 0.
  ///
  /// @throws CorruptDataException if they do not fit
  int count(int offset, int itemsOffset, int size) throws CorruptDataException {
    int count = Math.max(integer(offset), 0);
    if (count > 0 && (long) count * size > length - itemsOffset) {
      throw new CorruptDataException(count + " items do not fit data of " + length + " bytes");
    }
    return count;
  }

  /// A text that a NUL or the end of the data ends.
  String text(int offset) throws CorruptDataException {
    int from = at(offset, 0);
    int end = from;
    while (end < start + length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, from, end - from, StandardCharsets.UTF_8);
  }

  /// As [#text(int)], with at most `size` bytes.
  String text(int offset, int size) throws CorruptDataException {
    int from = at(offset, size);
    int end = from;
    while (end < from + size && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, from, end - from, StandardCharsets.UTF_8);
  }

  /// How many bytes [#text(int)] takes, its NUL included.
  int textSize(int offset) throws CorruptDataException {
    int from = at(offset, 0);
    int end = from;
    while (end < start + length && bytes[end] != 0) {
      end++;
    }
    return end - from + 1;
  }
}
