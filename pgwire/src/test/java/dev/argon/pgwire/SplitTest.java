package dev.argon.pgwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pgwire.message.MessageSet;
import dev.argon.pgwire.message.ParserLimits;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SplitTest {

  private static final byte[] TWO_MESSAGES = {'S', 0, 0, 0, 4, 'd', 0, 0, 0, 5, 7};

  private SocketPair pair;
  private PgConnection connection;

  @BeforeEach
  void connect() throws IOException {
    pair = SocketPair.open();
    connection = new PgConnection(pair.near(), PgServerSettings.storage("split"));
  }

  @AfterEach
  void close() throws IOException {
    connection.close();
    pair.close();
  }

  @Test
  @DisplayName("BE-3: split twice, reading, and TLS are errors while the halves are apart")
  void misuseWhileDividedIsAnError() throws NoSuchAlgorithmException {
    connection.split();

    assertThatThrownBy(connection::split).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(connection::next).isInstanceOf(IllegalStateException.class);
    var engine = SSLContext.getDefault().createSSLEngine();
    assertThatThrownBy(() -> connection.encrypt(engine, ByteBuffer.allocate(0)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  @DisplayName("BE-4: joining what was not divided is an error")
  void joiningWhatIsWholeIsAnError() {
    MessageReader half = connection.split();
    connection.join(half);

    assertThatThrownBy(() -> connection.join(half)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @DisplayName("BE-3: the reading half begins with what was received before; writing goes on")
  void theHalfBeginsWithWhatIsInTheBuffer() throws IOException {
    pair.far().write(ByteBuffer.wrap(TWO_MESSAGES));
    assertThat(connection.next()).isTrue();
    MessageReader half = connection.split();
    pair.far().shutdownOutput();

    assertThat(half.next()).isTrue();
    assertThat(half.tag()).isEqualTo((byte) 'd');
    connection.commandComplete("COPY");
    connection.join(half);
    assertThat(connection.state()).isNotEqualTo(ConnectionState.CLOSED);
    assertThat(connection.next()).isFalse();
  }

  @Test
  @DisplayName(
      "BE-4: after a timeout of the reading half the connection is closed and waits no more")
  void nothingIsReadAfterATimeout() throws IOException {
    MessageReader half = connection.split();
    half.timeout(300);
    assertThatThrownBy(half::next).isInstanceOf(SocketTimeoutException.class);
    connection.join(half);

    long startNanos = System.nanoTime();
    assertThat(connection.state()).isEqualTo(ConnectionState.CLOSED);
    assertThat(connection.next()).isFalse();
    assertThat(half.next()).isFalse();
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos)).isLessThan(10);
  }

  @Test
  @DisplayName("BE-4: a clean end of the reading half closes the connection as well")
  void theEndOfTheHalfIsTheEndOfTheConnection() throws IOException {
    MessageReader half = connection.split();
    pair.far().close();
    assertThat(half.next()).isFalse();

    connection.join(half);

    assertThat(connection.state()).isEqualTo(ConnectionState.CLOSED);
  }

  /// Fails or ends, and counts how often it is asked.
  private static final class Counting implements ReadableByteChannel {
    private final boolean fails;
    private final ByteBuffer bytes;
    private int reads;

    Counting(boolean fails, byte... bytes) {
      this.fails = fails;
      this.bytes = ByteBuffer.wrap(bytes);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      reads++;
      if (bytes.hasRemaining()) {
        int count = bytes.remaining();
        target.put(bytes);
        return count;
      }
      if (fails) {
        throw new IOException("Connection reset by peer");
      }
      return -1;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  private static MessageReader reader(Counting channel) {
    return new MessageReader(channel, MessageSet.FRONTEND, ParserLimits.of(1 << 20, 8 << 10), 0);
  }

  @Test
  @DisplayName("BE-4: after the end or an error the socket is not read again")
  void theChannelIsNotTouchedAgain() throws IOException {
    for (boolean fails : new boolean[] {true, false}) {
      Counting channel = new Counting(fails);
      try (MessageReader reader = reader(channel)) {
        if (fails) {
          assertThatThrownBy(reader::next).hasMessage("Connection reset by peer");
        } else {
          assertThat(reader.next()).isFalse();
        }
        assertThat(reader.isClosed()).isTrue();
        assertThat(reader.next()).isFalse();
        assertThat(channel.reads).isOne();
      }
    }
  }

  @Test
  @DisplayName("BE-2: the end after a whole message is clean, after half a message an error")
  void theEndIsCleanBetweenMessagesOnly() throws IOException {
    try (MessageReader whole = reader(new Counting(false, TWO_MESSAGES))) {
      assertThat(whole.next()).isTrue();
      assertThat(whole.next()).isTrue();
      assertThat(whole.next()).isFalse();
    }
    try (MessageReader half = reader(new Counting(false, (byte) 'd', (byte) 0, (byte) 0))) {
      assertThatThrownBy(half::next)
          .isInstanceOf(EOFException.class)
          .hasMessageContaining("unexpected end")
          .hasMessageContaining("in the middle");
    }
  }
}
