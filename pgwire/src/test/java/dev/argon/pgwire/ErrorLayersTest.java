package dev.argon.pgwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pgwire.message.MessageSet;
import dev.argon.pgwire.message.ParserLimits;
import dev.argon.pgwire.message.ProtocolError;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ErrorLayersTest {

  private final LogLines log = new LogLines();
  private final CountDownLatch waiting = new CountDownLatch(1);
  private PgServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            PgServerSettings.storage("errors"),
            this::answer);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    log.close();
  }

  private void answer(PgConnection connection, String text) throws IOException, PgErrorException {
    switch (text) {
      case "disk" -> throw new IOException("cannot write segment", new IOException("disk full"));
      case "copy and disk" -> {
        connection.copyBoth();
        throw new IOException("cannot write segment", new IOException("disk full"));
      }
      case "refuse" -> throw new PgErrorException(SqlState.UNDEFINED_OBJECT, "no such thing");
      case "wait" -> {
        CopyStream stream = connection.copyBoth();
        waiting.countDown();
        stream.receive();
      }
      default -> connection.commandComplete("OK");
    }
  }

  private PgClientSettings client() throws IOException {
    return PgClientSettings.of(server.address(), "u", "d").withTimeouts(5_000, 20_000, 5_000);
  }

  private static void await(BooleanSupplier condition) {
    long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean() && System.nanoTime() < untilNanos) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  @Test
  @DisplayName("PP-8: a reset is Io, a bad length is Protocol")
  void aConnectionFailsInTwoWays() throws IOException {
    try (SocketPair pair = SocketPair.open();
        MessageReader reader =
            new MessageReader(
                pair.near(), MessageSet.FRONTEND, ParserLimits.of(100, 8 << 10), 5_000)) {
      pair.far().write(ByteBuffer.wrap(new byte[] {'Q', 0, 0, 0, 1}));

      assertThatThrownBy(reader::next)
          .isInstanceOfSatisfying(
              IOException.class,
              e ->
                  assertThat(ConnectionError.of(e))
                      .isInstanceOfSatisfying(
                          ConnectionError.Protocol.class,
                          broken ->
                              assertThat(broken.error())
                                  .isInstanceOf(ProtocolError.Violation.class)));
    }
    try (SocketPair pair = SocketPair.open();
        MessageReader reader =
            new MessageReader(
                pair.near(), MessageSet.FRONTEND, ParserLimits.of(100, 8 << 10), 5_000)) {
      pair.far().setOption(StandardSocketOptions.SO_LINGER, 0);
      pair.far().close();

      assertThatThrownBy(reader::next)
          .isInstanceOfSatisfying(
              IOException.class,
              e -> {
                assertThat(ConnectionError.of(e)).isInstanceOf(ConnectionError.Io.class);
                assertThat(ConnectionError.of(e).isExpected()).isTrue();
                assertThat(ConnectionError.of(e).toException()).isSameAs(e);
              });
    }
  }

  @Test
  @DisplayName("PP-8: Disconnected is 08006, Other is XX000 or what the handler said")
  void aQueryFailsInTwoWays() {
    IOException cause = new IOException("why", new IOException("and why that"));

    assertThat(new QueryError.Disconnected(ConnectionError.of(cause)).sqlState())
        .isEqualTo("08006");
    assertThat(new QueryError.Other(cause).sqlState()).isEqualTo("XX000");
    assertThat(new QueryError.Other(cause).text()).isEqualTo("why: and why that");
    assertThat(new QueryError.Other(new PgErrorException("42704", "no")).sqlState())
        .isEqualTo("42704");
  }

  @Test
  @DisplayName("PP-8, BE-5: a handler's failure is told with its causes, logged as an error once")
  void aHandlersFailureIsOther() throws Exception {
    try (PgClient client = PgClient.connect(client())) {
      assertThatThrownBy(() -> client.query("disk"))
          .isInstanceOf(PgErrorException.class)
          .hasMessageContaining("XX000")
          .hasMessageContaining("cannot write segment: disk full");
      assertThat(client.query("goes on").commandTag()).isEqualTo("OK");
    }

    assertThat(log.of(Level.SEVERE)).singleElement().asString().contains("disk full");
    assertThat(log.thrown())
        .singleElement()
        .satisfies(e -> assertThat(e).hasRootCauseMessage("disk full"));
  }

  @Test
  @DisplayName("PP-8: within a COPY a handler's failure is told, and ends the connection")
  void aFailureWithinACopyEndsTheConnection() throws Exception {
    try (PgClient client = PgClient.connect(client())) {
      CopyStream stream = client.copyBoth("copy and disk");
      assertThatThrownBy(stream::receive)
          .isInstanceOf(PgErrorException.class)
          .hasMessageContaining("FATAL XX000")
          .hasMessageContaining("disk full");
    }
  }

  @Test
  @DisplayName("BE-5: a killed client is an info line and no error line")
  void aKilledClientIsNoError() throws Exception {
    try (PgClient client = PgClient.connect(client())) {
      client.copyBoth("wait");
      waiting.await();
      PgClient.Detached parts = client.detach();
      parts.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
      parts.channel().close();
    }

    await(() -> server.connectionCount() == 0);
    assertThat(log.of(Level.INFO))
        .anyMatch(line -> line.matches("connection \\d+ .*terminated: .*"));
    assertThat(log.of(Level.SEVERE)).isEmpty();
  }

  @Test
  @DisplayName("BE-6: a refused query is answered by ErrorResponse, then ReadyForQuery")
  void aRefusalLeavesTheConnectionUsable() throws Exception {
    try (PgClient client = PgClient.connect(client())) {
      assertThatThrownBy(() -> client.query("refuse")).hasMessageContaining("42704");
      assertThat(client.query("goes on").commandTag()).isEqualTo("OK");
    }
    assertThat(log.of(Level.SEVERE)).isEmpty();
  }
}
