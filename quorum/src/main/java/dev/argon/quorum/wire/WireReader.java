package dev.argon.quorum.wire;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.Term;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Reads fields and never beyond the message: a value or a [CorruptDataException].
final class WireReader {

  private final ByteBuffer bytes;

  WireReader(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  private void require(int count) throws CorruptDataException {
    if (bytes.remaining() < count) {
      throw new CorruptDataException(
          "message too short: " + count + " bytes expected, " + bytes.remaining() + " left");
    }
  }

  int u8() throws CorruptDataException {
    require(1);
    return Byte.toUnsignedInt(bytes.get());
  }

  int u16() throws CorruptDataException {
    require(2);
    return Short.toUnsignedInt(bytes.getShort());
  }

  int i32() throws CorruptDataException {
    require(4);
    return bytes.getInt();
  }

  long i64() throws CorruptDataException {
    require(8);
    return bytes.getLong();
  }

  Lsn lsn() throws CorruptDataException {
    return new Lsn(i64());
  }

  Term term() throws CorruptDataException {
    long value = i64();
    if (value < 0) {
      throw new CorruptDataException("term " + Long.toUnsignedString(value));
    }
    return new Term(value);
  }

  /// A count of items that take at least `itemBytesMin` each.
  int count(int itemBytesMin) throws CorruptDataException {
    int count = i32();
    if (count < 0 || (long) count * itemBytesMin > bytes.remaining()) {
      throw new CorruptDataException("a count of " + Integer.toUnsignedString(count));
    }
    return count;
  }

  String cstring() throws CorruptDataException {
    for (int i = bytes.position(); i < bytes.limit(); i++) {
      if (bytes.get(i) == 0) {
        byte[] text = new byte[i - bytes.position()];
        bytes.get(text);
        bytes.get();
        return new String(text, StandardCharsets.UTF_8);
      }
    }
    throw new CorruptDataException("a string without its final zero");
  }

  void skip(int count) throws CorruptDataException {
    if (count < 0) {
      throw new CorruptDataException("a length of " + count);
    }
    require(count);
    bytes.position(bytes.position() + count);
  }

  boolean isAtEnd() {
    return !bytes.hasRemaining();
  }

  void requireEnd() throws CorruptDataException {
    if (bytes.hasRemaining()) {
      throw new CorruptDataException(bytes.remaining() + " bytes too many in a message");
    }
  }
}
