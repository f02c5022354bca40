package dev.argon.pgwire.message;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Reading fields out of message bodies, totally: a value or a [ProtocolErrorException].
public final class Bytes {

  private Bytes() {}

  /// The UTF-8 string that starts at the position and ends before a zero byte; the position is then
  /// behind the zero.
  public static String cstring(ByteBuffer from, String what) throws ProtocolErrorException {
    int start = from.position();
    int limit = from.limit();
    for (int i = start; i < limit; i++) {
      if (from.get(i) == 0) {
        String text = utf8(from, i - start, what);
        from.position(i + 1);
        return text;
      }
    }
    throw ProtocolErrorException.badMessage(what + ": a string without its final zero");
  }

  /// The next `length` bytes as UTF-8.
  public static String utf8(ByteBuffer from, int length, String what)
      throws ProtocolErrorException {
    ByteBuffer text = slice(from, length, what);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(text)
          .toString();
    } catch (CharacterCodingException e) {
      ProtocolErrorException failure =
          ProtocolErrorException.badMessage(what + ": a string that is not UTF-8");
      failure.initCause(e);
      throw failure;
    }
  }

  /// The next `length` bytes as a view.
  static ByteBuffer slice(ByteBuffer from, int length, String what) throws ProtocolErrorException {
    if (length < 0 || length > from.remaining()) {
      throw ProtocolErrorException.badMessage(
          what + ": " + length + " bytes expected, " + from.remaining() + " left");
    }
    ByteBuffer view = from.slice(from.position(), length);
    from.position(from.position() + length);
    return view;
  }

  /// Throws unless `count` more bytes are there.
  public static void require(ByteBuffer from, int count, String what)
      throws ProtocolErrorException {
    if (from.remaining() < count) {
      throw ProtocolErrorException.badMessage(
          what + ": " + count + " bytes expected, " + from.remaining() + " left");
    }
  }

  /// Throws if anything is left.
  static void requireEnd(ByteBuffer from, String what) throws ProtocolErrorException {
    if (from.hasRemaining()) {
      throw ProtocolErrorException.badMessage(what + ": " + from.remaining() + " bytes too many");
    }
  }

  static byte int8(ByteBuffer from, String what) throws ProtocolErrorException {
    require(from, 1, what);
    return from.get();
  }

  static int uint16(ByteBuffer from, String what) throws ProtocolErrorException {
    require(from, 2, what);
    return Short.toUnsignedInt(from.getShort());
  }

  static int int32(ByteBuffer from, String what) throws ProtocolErrorException {
    require(from, 4, what);
    return from.getInt();
  }

  /// A number of elements of at least `elementBytes` each; more than can be in the body are refused
  /// before a list is made for them.
  static int count(ByteBuffer from, int elementBytes, String what) throws ProtocolErrorException {
    int count = uint16(from, what);
    if ((long) count * elementBytes > from.remaining()) {
      throw ProtocolErrorException.badMessage(
          what + ": " + count + " elements in " + from.remaining() + " bytes");
    }
    return count;
  }
}
