package dev.argon.pgwire.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ParserFuzzTest {

  private static final int INPUTS = Boolean.getBoolean("argon.long") ? 10_000_000 : 200_000;
  private static final int BYTES_MAX = 80;
  private static final String TAGS = "QPDEBCSXdcfpHFRKZTAINVWGnstv123";

  private long messages;
  private long errors;
  private long incomplete;

  /// Inputs that are noise, and inputs that begin as a message does; all bodies are decoded, for
  /// both sides. Anything but a message, "incomplete" or a protocol error fails the test.
  @Test
  @DisplayName("PP-5: 10^7 random inputs (long form) give messages, \"incomplete\" or errors only")
  void anyBytesGiveMessagesOrIncompleteOrAnError() {
    BlockPool pool = new BlockPool(1 << 20);
    byte[] input = new byte[BYTES_MAX];
    for (int i = 0; i < INPUTS; i++) {
      SplittableRandom random = new SplittableRandom(i);
      int length = 1 + random.nextInt(BYTES_MAX - 1);
      random.nextBytes(input);
      if (i % 4 != 0) {
        input[0] = (byte) TAGS.charAt(random.nextInt(TAGS.length()));
        ByteBuffer.wrap(input).putInt(1, 4 + random.nextInt(length));
      }
      if (i % 3 == 0) {
        for (int at = 5; at < length; at++) {
          input[at] &= 3; // small numbers and zeros: deeper into the bodies
        }
      }
      ByteBuffer bytes = ByteBuffer.wrap(input, 0, length);
      MessageSet side = i % 2 == 0 ? MessageSet.FRONTEND : MessageSet.BACKEND;
      try (MessageParser parser = new MessageParser(pool, side, ParserLimits.of(500, 8 << 10))) {
        parse(parser, side, bytes);
      }
      startup(bytes.clear().limit(length));
      replication(bytes.clear().limit(length));
    }

    System.out.printf(
        "%d inputs: %d messages, %d errors, %d incomplete%n", INPUTS, messages, errors, incomplete);
    assertThat(messages).isGreaterThan(INPUTS / 200);
    assertThat(errors).isGreaterThan(INPUTS / 10);
    assertThat(incomplete).isGreaterThan(INPUTS / 20);
    assertThat(pool.lentBytes()).isZero();
  }

  private void parse(MessageParser parser, MessageSet side, ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        parser.feed(bytes);
        while (parser.next()) {
          if (side == MessageSet.FRONTEND) {
            FrontendMessage.decode(parser.tag(), parser.body());
          } else {
            BackendMessage.decode(parser.tag(), parser.body());
          }
          messages++;
        }
      }
      incomplete++;
    } catch (ProtocolErrorException e) {
      errors++;
    }
  }

  private void startup(ByteBuffer bytes) {
    try {
      StartupPacket.decode(bytes);
      messages++;
    } catch (ProtocolErrorException e) {
      errors++;
    }
  }

  private void replication(ByteBuffer bytes) {
    try {
      ReplicationMessage.decode(bytes);
      messages++;
    } catch (ProtocolErrorException e) {
      errors++;
    }
  }
}
