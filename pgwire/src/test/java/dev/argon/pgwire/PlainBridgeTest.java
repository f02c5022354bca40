package dev.argon.pgwire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.pgwire.tls.ClientTls;
import dev.argon.pgwire.tls.PemFiles;
import dev.argon.pgwire.tls.ServerTls;
import dev.argon.pgwire.tls.SslMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An encrypted connection that was taken apart.
@Timeout(120)
class PlainBridgeTest {

  private static final int COUNT = 200;
  private static final int PAYLOAD_BYTES = 60_001;
  private static final int WRITE_MILLIS = 500;

  @TempDir Path directory;
  private TestCertificates certificates;
  private PgServer server;
  private final CountDownLatch deaf = new CountDownLatch(1);

  @BeforeEach
  void start() throws Exception {
    certificates = TestCertificates.make(directory);
    SSLContext context =
        PemFiles.context(
            PemFiles.identity(certificates.certificate("server"), certificates.key("server")),
            List.of());
    server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            PgServerSettings.storage("tls")
                .withTls(ServerTls.required(() -> context))
                .withTimeouts(5_000, 60_000, 60_000),
            this::answer);
  }

  @AfterEach
  void stop() throws IOException {
    deaf.countDown();
    server.close();
  }

  private void answer(PgConnection connection, String text) throws IOException, PgErrorException {
    CopyStream stream = connection.copyBoth();
    switch (text) {
      case "echo" -> {
        while (stream.receive()) {
          stream.writer().copyData(stream.payload());
          stream.writer().flush();
        }
      }
      case "refuse" -> throw new PgErrorException(SqlState.INVALID_PARAMETER_VALUE, "no more");
      default -> {
        try {
          deaf.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private static void await(BooleanSupplier condition) {
    long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean() && System.nanoTime() < untilNanos) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  private PgClient.Detached detached(String command) throws IOException, PgErrorException {
    PgClient client =
        PgClient.connect(
            PgClientSettings.of(
                    InetSocketAddress.createUnresolved("127.0.0.1", server.port()),
                    "somebody",
                    "something")
                .withTimeouts(10_000, 20_000, WRITE_MILLIS)
                .withTls(
                    ClientTls.of(SslMode.VERIFY_FULL)
                        .withAuthorities(certificates.certificate("authority"))));
    client.copyBoth(command);
    return client.detach();
  }

  private static ByteBuffer copyData() {
    byte[] payload = new byte[PAYLOAD_BYTES];
    new SplittableRandom(1).nextBytes(payload);
    return ByteBuffer.allocate(5 + PAYLOAD_BYTES)
        .put((byte) 'd')
        .putInt(4 + PAYLOAD_BYTES)
        .put(payload)
        .flip();
  }

  @Test
  void allBytesComeThroughBothWaysAndTheOwnersCloseReachesThePeer() throws Exception {
    try (SocketChannel channel = detached("echo").channel()) {
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(() -> {
            for (int i = 0; i < COUNT; i++) {
              write(channel, copyData());
            }
          });
      ByteBuffer one = copyData();
      ByteBuffer back = ByteBuffer.allocate(one.remaining());
      for (int i = 0; i < COUNT; i++) {
        back.clear();
        while (back.hasRemaining()) {
          assertThat(channel.read(back)).isPositive();
        }
        assertThat(back.flip()).isEqualTo(one);
      }
      sending.join();
    }

    await(() -> server.connectionCount() == 0);
  }

  private static void write(SocketChannel channel, ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void thePeersLastWordComesBeforeTheEnd() throws Exception {
    PgClient.Detached parts = detached("refuse");
    try (SocketChannel channel = parts.channel()) {
      ByteBuffer all = ByteBuffer.allocate(10_000).put(parts.unread());

      assertThat(readToEnd(channel, all)).isTrue();

      assertThat(
              new String(all.array(), 0, all.position(), java.nio.charset.StandardCharsets.UTF_8))
          .startsWith("E")
          .contains("no more");
    }
  }

  private static boolean readToEnd(SocketChannel channel, ByteBuffer target) throws IOException {
    while (target.hasRemaining()) {
      if (channel.read(target) < 0) {
        return true;
      }
    }
    return false;
  }

  /// Without a deadline behind the bridge its threads would wait for as long as TCP does.
  @Test
  void aPeerThatTakesNothingEndsTheBridge() throws Exception {
    try (SocketChannel channel = detached("deaf").channel()) {
      channel.configureBlocking(false);
      ByteBuffer bytes = copyData();

      await(() -> hasEnded(channel, bytes));
    }
  }

  private static boolean hasEnded(SocketChannel channel, ByteBuffer bytes) {
    try {
      while (channel.write(bytes) > 0) {
        bytes.rewind();
      }
      return channel.read(ByteBuffer.allocate(100)) < 0;
    } catch (IOException e) {
      return true; // reset: it had not taken all
    }
  }
}
