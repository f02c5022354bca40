package dev.argon.pgwire.message;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Lists that several messages share: values (int16 count; each int32 length, -1 for NULL, then the
/// bytes) and format codes (int16 count; each int16, 0 text, 1 binary).
final class Values {

  private static final int NULL_LENGTH = -1;

  private Values() {}

  static List<Optional<ByteBuffer>> decode(ByteBuffer body, String what)
      throws ProtocolErrorException {
    int count = Bytes.count(body, 4, what);
    List<Optional<ByteBuffer>> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      values.add(decodeOne(body, what));
    }
    return values;
  }

  static Optional<ByteBuffer> decodeOne(ByteBuffer body, String what)
      throws ProtocolErrorException {
    int length = Bytes.int32(body, what);
    return length == NULL_LENGTH ? Optional.empty() : Optional.of(Bytes.slice(body, length, what));
  }

  static void encode(MessageEncoder out, List<Optional<ByteBuffer>> values) {
    out.putShort(values.size());
    for (Optional<ByteBuffer> value : values) {
      out.putInt(value.map(ByteBuffer::remaining).orElse(NULL_LENGTH));
      value.ifPresent(bytes -> out.putBytes(bytes.duplicate()));
    }
  }

  static void encodeFormats(MessageEncoder out, List<Integer> formats) {
    out.putShort(formats.size());
    formats.forEach(out::putShort);
  }
}
