package dev.argon.pgwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pgwire.message.MessageSet;
import dev.argon.pgwire.message.ParserLimits;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessageReaderTest {

  /// Gives its bytes in pieces of at most `pieceMax`.
  private static final class Pieces implements ReadableByteChannel {
    private final ByteBuffer bytes;
    private final int pieceMax;

    Pieces(byte[] bytes, int pieceMax) {
      this.bytes = ByteBuffer.wrap(bytes);
      this.pieceMax = pieceMax;
    }

    @Override
    public int read(ByteBuffer into) {
      if (!into.hasRemaining()) {
        throw new AssertionError("a read without room");
      }
      if (!bytes.hasRemaining()) {
        return -1;
      }
      int count = Math.min(Math.min(pieceMax, into.remaining()), bytes.remaining());
      into.put(bytes.slice(bytes.position(), count));
      bytes.position(bytes.position() + count);
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  private static MessageReader reader(Pieces pieces, int bytesMax, int bufferBytes) {
    return new MessageReader(
        pieces, MessageSet.FRONTEND, ParserLimits.of(bytesMax, bufferBytes), 0);
  }

  private static byte[] message(int tag, int length, byte[] body) {
    return ByteBuffer.allocate(5 + body.length).put((byte) tag).putInt(length).put(body).array();
  }

  private static byte[] random(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void messagesComeOutWholeHoweverTheyArrive() throws IOException {
    int[] sizes = {0, 1, 5, 63, 64, 65, 1000, 3, 200_000, 2, 1_500_000, 7};
    int total = 0;
    for (int size : sizes) {
      total += 5 + size;
    }
    ByteBuffer stream = ByteBuffer.allocate(total);
    for (int size : sizes) {
      stream.put(message('d', 4 + size, random(size, size)));
    }
    for (int pieceMax : new int[] {1, 3, 7, 64, 1000, Integer.MAX_VALUE}) {
      try (MessageReader reader = reader(new Pieces(stream.array(), pieceMax), 2_000_000, 64)) {
        for (int size : sizes) {
          assertThat(reader.next()).isTrue();
          byte[] body = new byte[reader.body().remaining()];
          reader.body().get(body);
          assertThat(body).isEqualTo(random(size, size));
        }
        assertThat(reader.next()).isFalse();
      }
    }
  }

  @Test
  void aReceivedMessageIsSeenWithoutReading() throws IOException {
    byte[] two = new byte[20];
    System.arraycopy(message('d', 9, random(5, 1)), 0, two, 0, 10);
    System.arraycopy(message('d', 9, random(5, 2)), 0, two, 10, 10);
    try (MessageReader reader = reader(new Pieces(two, 100), 100, 64)) {
      assertThat(reader.hasNext()).isFalse();
      reader.next();
      assertThat(reader.hasNext()).isTrue();
      reader.next();
      assertThat(reader.hasNext()).isFalse();
    }
  }

  @Test
  void lengthsOutOfRangeAreRefusedBeforeRoomIsMade() {
    for (int length : new int[] {-1, 0, 3, 1000, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      try (MessageReader reader =
          reader(new Pieces(message('Q', length, new byte[9]), 100), 1000, 64)) {
        assertThatThrownBy(reader::next)
            .isInstanceOf(ProtocolException.class)
            .hasMessageContaining(Integer.toString(length))
            .hasMessageContaining("'Q'");
      }
    }
  }

  @Test
  void endInTheMiddleOfAMessageIsAnError() {
    try (MessageReader reader = reader(new Pieces(message('Q', 20, new byte[5]), 100), 1000, 64)) {
      assertThatThrownBy(reader::next).isInstanceOf(EOFException.class);
    }
  }
}
