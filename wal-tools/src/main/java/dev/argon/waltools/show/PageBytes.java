package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.page.Page;
import java.util.HexFormat;

/// A page's bytes; nothing outside is ever read.
final class PageBytes {

  private static final HexFormat HEX = HexFormat.of();

  private final byte[] bytes;

  PageBytes(byte[] bytes) {
    if (bytes.length != Page.SIZE) {
      throw new IllegalArgumentException("a page has 8192 bytes, not " + bytes.length);
    }
    this.bytes = bytes;
  }

  byte[] raw() {
    return bytes;
  }

  private int at(int offset, int size) throws CorruptDataException {
    if (offset < 0 || size < 0 || offset > Page.SIZE - size) {
      throw new CorruptDataException(size + " bytes at " + offset + " are not on the page");
    }
    return offset;
  }

  int unsignedByte(int offset) throws CorruptDataException {
    return LittleEndian.unsignedByte(bytes, at(offset, 1));
  }

  int unsignedShort(int offset) throws CorruptDataException {
    return LittleEndian.unsignedShort(bytes, at(offset, 2));
  }

  int integer(int offset) throws CorruptDataException {
    return LittleEndian.readInt(bytes, at(offset, 4));
  }

  long unsignedInt(int offset) throws CorruptDataException {
    return LittleEndian.unsignedInt(bytes, at(offset, 4));
  }

  long longInteger(int offset) throws CorruptDataException {
    return LittleEndian.readLong(bytes, at(offset, 8));
  }

  double floating(int offset) throws CorruptDataException {
    return Double.longBitsToDouble(longInteger(offset));
  }

  /// An LSN as pages have it, the high half first.
  String lsn(int offset) throws CorruptDataException {
    return Lsn.toString(unsignedInt(offset) << 32 | unsignedInt(offset + 4));
  }

  /// A transaction id with its epoch, `EPOCH:XID`.
  String fullTransactionId(int offset) throws CorruptDataException {
    return unsignedInt(offset + 4) + ":" + unsignedInt(offset);
  }

  /// The block of an `ItemPointerData`, whose halves are stored high first.
  long tidBlock(int offset) throws CorruptDataException {
    return (long) unsignedShort(offset) << 16 | unsignedShort(offset + 2);
  }

  /// The offset number of an `ItemPointerData`.
  int tidOffset(int offset) throws CorruptDataException {
    return unsignedShort(offset + 4);
  }

  /// `(block,offset)`.
  String tid(int offset) throws CorruptDataException {
    return "(" + tidBlock(offset) + "," + tidOffset(offset) + ")";
  }

  /// Bytes as hexadecimal digits.
  String hex(int offset, int length) throws CorruptDataException {
    return HEX.formatHex(bytes, at(offset, length), offset + length);
  }
}
