package dev.argon.pgwire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Reading strings out of message bodies, totally: a value or a [ProtocolException].
public final class Bytes {

  private Bytes() {}

  /// The UTF-8 string that starts at the position and ends before a zero byte; the position is then
  /// behind the zero.
  public static String cstring(ByteBuffer from) throws ProtocolException {
    int start = from.position();
    int limit = from.limit();
    for (int i = start; i < limit; i++) {
      if (from.get(i) == 0) {
        String text = utf8(from, i - start);
        from.position(i + 1);
        return text;
      }
    }
    throw new ProtocolException("a string without its final zero");
  }

  /// The next `length` bytes as UTF-8.
  public static String utf8(ByteBuffer from, int length) throws ProtocolException {
    if (length < 0 || length > from.remaining()) {
      throw new ProtocolException(
          "a string of " + length + " bytes where only " + from.remaining() + " are left");
    }
    ByteBuffer text = from.slice(from.position(), length);
    from.position(from.position() + length);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(text)
          .toString();
    } catch (CharacterCodingException e) {
      ProtocolException failure = new ProtocolException("a string that is not UTF-8");
      failure.initCause(e);
      throw failure;
    }
  }

  /// Throws unless `count` more bytes are there.
  public static void require(ByteBuffer from, int count, String what) throws ProtocolException {
    if (from.remaining() < count) {
      throw new ProtocolException(
          what + ": " + count + " bytes expected, " + from.remaining() + " left");
    }
  }
}
