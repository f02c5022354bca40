package dev.argon.pgwire.message;

import java.nio.ByteBuffer;
import java.util.Random;

/// Bytes of messages, for tests.
final class Wire {

  private Wire() {}

  static byte[] message(int tag, byte[] body) {
    return message(tag, 4 + body.length, body);
  }

  static byte[] message(int tag, int length, byte[] body) {
    return ByteBuffer.allocate(5 + body.length).put((byte) tag).putInt(length).put(body).array();
  }

  static byte[] random(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static MessageParser parser(int messageBytesMax) {
    return new MessageParser(
        new BlockPool(1 << 20), MessageSet.FRONTEND, ParserLimits.of(messageBytesMax, 8 << 10));
  }

  /// Takes what an encoder has, as bytes.
  static byte[] taken(MessageEncoder encoder) {
    ByteBuffer buffer = encoder.take();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    encoder.taken();
    return bytes;
  }
}
