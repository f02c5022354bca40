package dev.argon.pgwire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pgwire.message.BlockPool;
import dev.argon.pgwire.message.MessageView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Peers that do not know the protocol, or know it too well.
@Timeout(120)
class HostilePeerTest {

  private static final long STARTUP_MILLIS = 1_000;
  private static final byte[] SSL_REQUEST = {0, 0, 0, 8, 4, (byte) 210, 22, 47};
  private static final byte[] TERMINATE = {'X', 0, 0, 0, 4};

  private final AtomicReference<CopyStream.End> end = new AtomicReference<>(CopyStream.End.OPEN);
  private long lentBefore;
  private PgServer server;

  @BeforeEach
  void start() throws IOException {
    lentBefore = BlockPool.shared().lentBytes();
    server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            PgServerSettings.storage("hostile").withTimeouts(STARTUP_MILLIS, 5_000, 5_000),
            this::answer);
  }

  /// However the peers behaved: no connection and no receive buffer is left.
  @AfterEach
  void stop() throws IOException {
    await(() -> server.connectionCount() == 0);
    await(() -> BlockPool.shared().lentBytes() <= lentBefore);
    server.close();
  }

  private void answer(PgConnection connection, String text) throws IOException, PgErrorException {
    if (text.equals("copy")) {
      CopyStream stream = connection.copyBoth();
      while (stream.receive()) {
        stream.writer().copyData(stream.payload());
      }
      end.set(stream.end());
      stream.done();
    }
    connection.commandComplete("OK");
  }

  private static void await(BooleanSupplier condition) {
    long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean() && System.nanoTime() < untilNanos) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  private static byte[] startup() {
    byte[] parameters = "user\0u\0\0".getBytes(US_ASCII);
    return ByteBuffer.allocate(8 + parameters.length)
        .putInt(8 + parameters.length)
        .putInt(196608)
        .put(parameters)
        .array();
  }

  private static byte[] query(String text) {
    byte[] bytes = (text + '\0').getBytes(US_ASCII);
    return ByteBuffer.allocate(5 + bytes.length)
        .put((byte) 'Q')
        .putInt(4 + bytes.length)
        .put(bytes)
        .array();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /// Sends, and returns all that is answered until the server closes.
  private String exchange(byte[] bytes) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(bytes);
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  @Test
  @DisplayName("slow-loris: a byte now and then gains no time beyond the start-up limit")
  void startupAsAWholeHasALimit() throws IOException {
    byte[] packet = startup();
    long startNanos = System.nanoTime();
    try (Socket socket = connect()) {
      socket.setSoTimeout(100);
      boolean closed = false;
      for (int i = 0; i < packet.length - 1 && !closed; i++) {
        closed = closedAfter(socket, packet[i]);
      }
      while (!closed && System.nanoTime() - startNanos < TimeUnit.SECONDS.toNanos(20)) {
        closed = closedAfter(socket, -1);
      }
      assertThat(closed).isTrue();
    }
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos))
        .isGreaterThanOrEqualTo(STARTUP_MILLIS);
  }

  private static boolean closedAfter(Socket socket, int oneByte) throws IOException {
    try {
      OutputStream out = socket.getOutputStream();
      if (oneByte >= 0) {
        out.write(oneByte);
      }
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // reset: what was sent came too late
    }
  }

  @Test
  @DisplayName("PP-7: a startup packet in two TCP segments is one packet")
  void aStartupPacketMayComeInPieces() throws IOException {
    byte[] packet = startup();
    try (Socket socket = connect()) {
      socket.setTcpNoDelay(true);
      socket.getOutputStream().write(packet, 0, 9);
      socket.setSoTimeout(100);
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(packet, 9, packet.length - 9);
      socket.getOutputStream().write(TERMINATE);

      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      assertThat(answer).startsWith("R\0\0\0\u0008\0\0\0\0").endsWith("Z\0\0\0\5I");
    }
  }

  @Test
  @DisplayName("PP-5: length words of gigabytes are refused and reserve nothing")
  void hugeLengthsReserveNothing() throws IOException {
    List<Socket> open = new ArrayList<>();
    try {
      for (byte[] bytes :
          List.of(
              new byte[] {0x7F, -1, -1, -1},
              new byte[] {-1, -1, -1, -1},
              joined(startup(), new byte[] {'Q', 0x7F, -1, -1, -1}),
              joined(startup(), new byte[] {'Q', -1, -1, -1, -1}),
              joined(startup(), query("copy"), new byte[] {'d', 0x7F, -1, -1, -1}),
              joined(startup(), query("copy"), new byte[] {'d', 0, 4, 0, 0}))) {
        Socket socket = connect();
        open.add(socket);
        socket.getOutputStream().write(bytes);
        String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        assertThat(answer).contains("C08P01").contains("invalid length");
      }
      assertThat(BlockPool.shared().lentBytes() - lentBefore).isLessThan(2 << 20);
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  @Test
  @DisplayName("half-closed: a client that sends no more still gets its answers")
  void aHalfClosedClientIsAnswered() throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(joined(startup(), query("one"), query("two")));
      socket.shutdownOutput();

      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      assertThat(answer.split("C\0\0\0\7OK", -1)).hasSize(3);
    }
  }

  @Test
  @DisplayName("half-closed in a COPY: the stream ends as closed, and the connection with it")
  void aHalfClosedCopyEnds() throws IOException {
    try (Socket socket = connect()) {
      socket
          .getOutputStream()
          .write(joined(startup(), query("copy"), new byte[] {'d', 0, 0, 0, 5, 42}));
      socket.shutdownOutput();

      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      assertThat(answer).contains("d\0\0\0\u0005*").contains("c\0\0\0\u0004");
      assertThat(end.get()).isEqualTo(CopyStream.End.CLOSED);
    }
  }

  @Test
  @DisplayName("random bytes, before and after start-up: each connection ends, the next one works")
  void randomBytesEndTheirConnectionOnly() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 200; i++) {
      byte[] noise = new byte[1 + random.nextInt(300)];
      random.nextBytes(noise);
      if (i % 2 == 0) {
        noise[0] |= 1; // no valid length of a startup packet
      }
      try (Socket socket = connect()) {
        socket.getOutputStream().write(i % 2 == 0 ? noise : joined(startup(), noise));
        socket.shutdownOutput();
        socket.getInputStream().readAllBytes();
      } catch (java.net.SocketException e) {
        assertThat(e).hasMessageContaining("reset"); // it was told, and did not listen
      }
    }
    try (PgClient client = PgClient.connect(PgClientSettings.of(server.address(), "u", "d"))) {
      assertThat(client.query("works").commandTag()).isEqualTo("OK");
    }
  }

  @Test
  @DisplayName("BE-6: bytes behind a TLS request, before its answer, are an attack")
  void nothingMayFollowATlsRequest() throws IOException {
    assertThat(exchange(joined(SSL_REQUEST, startup()))).contains("C08P01");
  }

  @Test
  @DisplayName("BE-6: TLS and GSS requests are answered by N without TLS; start-up then goes on")
  void encryptionRequestsAreDeclined() throws IOException {
    byte[] gssRequest = {0, 0, 0, 8, 4, (byte) 210, 22, 48};
    try (Socket socket = connect()) {
      for (byte[] request : List.of(gssRequest, SSL_REQUEST)) {
        socket.getOutputStream().write(request);
        assertThat(socket.getInputStream().read()).isEqualTo('N');
      }
      socket.getOutputStream().write(joined(startup(), TERMINATE));
      assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
          .endsWith("Z\0\0\0\5I");
    }
  }

  @Test
  @DisplayName("BE-6: a cancel request is an error; an end in the handshake closes silently")
  void theHandshakeEndsWithoutTalk() throws IOException {
    byte[] cancel = {0, 0, 0, 16, 4, (byte) 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2};
    assertThat(exchange(cancel)).contains("cancel request");
    try (Socket socket = connect()) {
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  @DisplayName("BE-6: COPY messages outside a COPY are errors")
  void copyMessagesHaveTheirPlace() throws IOException {
    for (char tag : new char[] {'d', 'c'}) {
      assertThat(exchange(joined(startup(), new byte[] {(byte) tag, 0, 0, 0, 4})))
          .contains("C08P01")
          .contains("unexpected message '" + tag + "'");
    }
  }

  @Test
  @DisplayName("PP-3: a connection whose messages are held goes on when some are let go")
  void heldMessagesHoldTheReaderBack() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    PgServerSettings.Limits limits =
        new PgServerSettings.Limits(
            10, 1 << 20, 256 << 10, 8 << 10, 256 << 10, 5_000, 20_000, 5_000);
    try (PgServer holding =
            PgServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                PgServerSettings.storage("holding").with(limits),
                (connection, _) -> hold(connection, held));
        PgClient client = PgClient.connect(PgClientSettings.of(holding.address(), "u", "d"))) {
      CopyStream stream = client.copyBoth("hold");
      for (int i = 0; i < 100; i++) {
        stream.writer().copyData(ByteBuffer.allocate(30_000).putInt(0, i));
      }
      stream.done();

      assertThat(stream.receive()).isTrue();
      assertThat(stream.payload().getInt()).isEqualTo(100);
      assertThat(held.getCount()).isZero();
      while (stream.receive()) {
        // to the end
      }
      client.terminate();
    }
  }

  /// Hands each message to a thread that lets none go before so many wait that the reader must be
  /// near its limit of 256 KiB (8 messages), far below their number (100).
  private static void hold(PgConnection connection, CountDownLatch held)
      throws IOException, PgErrorException {
    CopyStream stream = connection.copyBoth();
    BlockingQueue<MessageView> queue = new LinkedBlockingQueue<>();
    AtomicInteger seen = new AtomicInteger();
    Thread consumer = Thread.ofVirtual().start(() -> consume(queue, held, seen));
    while (stream.receive()) {
      queue.add(stream.retain());
      if (queue.size() >= 5) {
        held.countDown();
      }
    }
    try {
      consumer.join();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    stream.writer().copyData(ByteBuffer.allocate(4).putInt(0, seen.get()));
    stream.done();
    connection.commandComplete("COPY");
  }

  private static void consume(
      BlockingQueue<MessageView> queue, CountDownLatch held, AtomicInteger seen) {
    try {
      held.await();
      while (seen.get() < 100) {
        assertThat(queue.size()).isLessThan(20);
        try (MessageView view = queue.take()) {
          assertThat(view.body().getInt()).isEqualTo(seen.getAndIncrement());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
