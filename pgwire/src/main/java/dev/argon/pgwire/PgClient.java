package dev.argon.pgwire;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The client's side of one connection: simple queries and COPY streams. For one thread at a time,
/// but that a [CopyStream] may be divided between two, and [#close] may come from any thread.
public final class PgClient implements AutoCloseable {

  private final SocketChannel channel;
  private final MessageReader reader;
  private final MessageWriter writer;
  private final Map<String, String> parameterStatus = new HashMap<>();
  private int processId;

  private PgClient(SocketChannel channel, PgClientSettings settings) {
    this.channel = channel;
    reader =
        new MessageReader(
            channel,
            settings.messageBytesMax(),
            settings.receiveBufferBytes(),
            settings.connectTimeoutMillis());
    writer = new MessageWriter(channel, settings.writeTimeoutMillis());
  }

  /// Connects and authenticates.
  ///
  /// @throws PgErrorException if the server refuses
  public static PgClient connect(PgClientSettings settings) throws IOException, PgErrorException {
    PgClient client = new PgClient(open(settings), settings);
    try {
      client.startUp(settings);
      client.reader.timeout(settings.readTimeoutMillis());
      return client;
    } catch (IOException | PgErrorException | RuntimeException e) {
      client.close();
      throw e;
    }
  }

  private static SocketChannel open(PgClientSettings settings) throws IOException {
    boolean unix = settings.address() instanceof UnixDomainSocketAddress;
    SocketChannel channel =
        unix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
    Deadlines.Deadline deadline = Deadlines.shared().on(channel);
    try {
      if (!unix) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      }
      deadline.arm(settings.connectTimeoutMillis());
      channel.connect(resolved(settings));
      return channel;
    } catch (ClosedChannelException e) {
      channel.close();
      SocketTimeoutException timedOut =
          new SocketTimeoutException("timed out connecting to " + settings.address());
      timedOut.initCause(e);
      throw timedOut;
    } catch (IOException e) {
      channel.close();
      throw new IOException("cannot connect to " + settings.address() + ": " + e.getMessage(), e);
    } finally {
      deadline.release();
    }
  }

  private static java.net.SocketAddress resolved(PgClientSettings settings) {
    return settings.address() instanceof InetSocketAddress inet && inet.isUnresolved()
        ? new InetSocketAddress(inet.getHostString(), inet.getPort())
        : settings.address();
  }

  private void startUp(PgClientSettings settings) throws IOException, PgErrorException {
    writer.beginUntagged();
    writer.putInt(3 << 16);
    writer.putCstring("user");
    writer.putCstring(settings.user());
    writer.putCstring("database");
    writer.putCstring(settings.database());
    settings
        .parameters()
        .forEach((name, value) -> {
          writer.putCstring(name);
          writer.putCstring(value);
        });
    writer.putByte(0);
    writer.end();
    writer.flush();
    authenticate(settings);
    while (next() != 'Z') {
      switch (reader.tag()) {
        case 'K' -> {
          Bytes.require(reader.body(), 8, "BackendKeyData");
          processId = reader.body().getInt();
        }
        case 'v' -> {} // the server knows only an older minor version: 3.0 is what we speak
        default -> throw unexpected();
      }
    }
  }

  private void authenticate(PgClientSettings settings) throws IOException, PgErrorException {
    @Nullable ScramClient scram = null;
    while (true) {
      if (next() == 'v') {
        continue;
      }
      if (reader.tag() != 'R') {
        throw unexpected();
      }
      ByteBuffer body = reader.body();
      Bytes.require(body, 4, "Authentication");
      int code = body.getInt();
      switch (code) {
        case 0 -> {
          if (scram != null && !scram.isServerVerified()) {
            throw new ProtocolException("the server has not proved that it knows the password");
          }
          return;
        }
        case 3 -> passwordMessage((settings.password() + '\0').getBytes(StandardCharsets.UTF_8));
        case 10 -> {
          requireScram(body);
          scram = new ScramClient(settings.password(), ScramClient.nonce(new SecureRandom()));
          saslInitial(scram.clientFirst());
        }
        case 11 -> {
          String serverFirst = Bytes.utf8(body, body.remaining());
          passwordMessage(begun(scram).clientFinal(serverFirst).getBytes(StandardCharsets.UTF_8));
        }
        case 12 -> begun(scram).verifyServerFinal(Bytes.utf8(body, body.remaining()));
        default ->
            throw new ProtocolException(
                "the server wants authentication method " + code + ", which is not supported");
      }
    }
  }

  private static ScramClient begun(@Nullable ScramClient scram) throws ProtocolException {
    if (scram == null) {
      throw new ProtocolException("a SCRAM message before SCRAM has begun");
    }
    return scram;
  }

  private static void requireScram(ByteBuffer mechanisms) throws ProtocolException {
    List<String> offered = new ArrayList<>();
    while (mechanisms.remaining() > 1) {
      offered.add(Bytes.cstring(mechanisms));
    }
    if (!offered.contains(ScramClient.MECHANISM)) {
      throw new ProtocolException("the server offers none but " + offered);
    }
  }

  private void saslInitial(String clientFirst) throws IOException {
    byte[] data = clientFirst.getBytes(StandardCharsets.UTF_8);
    writer.begin('p');
    writer.putCstring(ScramClient.MECHANISM);
    writer.putInt(data.length);
    writer.putBytes(data);
    writer.end();
    writer.flush();
  }

  private void passwordMessage(byte[] data) throws IOException {
    writer.begin('p');
    writer.putBytes(data);
    writer.end();
    writer.flush();
  }

  /// A run-time parameter as the server reported it last (`server_version`, ...), or empty.
  public String parameterStatus(String name) {
    return parameterStatus.getOrDefault(name, "");
  }

  /// The server process's id, 0 if it did not say.
  public int processId() {
    return processId;
  }

  /// Runs a query and returns all its rows.
  ///
  /// @throws PgErrorException what the server answered; the connection can be used further
  public QueryResult query(String text) throws IOException, PgErrorException {
    send(text);
    List<String> columns = List.of();
    List<List<@Nullable String>> rows = new ArrayList<>();
    String commandTag = "";
    while (nextOfQuery() != 'Z') {
      ByteBuffer body = reader.body();
      switch (reader.tag()) {
        case 'T' -> {
          columns = columnNames(body);
          rows = new ArrayList<>();
        }
        case 'D' -> rows.add(row(body));
        case 'C' -> commandTag = Bytes.cstring(body);
        case 'I' -> {}
        default -> throw unexpected();
      }
    }
    return new QueryResult(columns, rows, commandTag);
  }

  /// Runs a query that begins a COPY in both directions.
  public CopyStream copyBoth(String text) throws IOException, PgErrorException {
    return copy(text, (byte) 'W');
  }

  /// Runs a query that begins a COPY from the server. Read it to its end, then call [#finishCopy].
  public CopyStream copyOut(String text) throws IOException, PgErrorException {
    return copy(text, (byte) 'H');
  }

  private CopyStream copy(String text, byte expected) throws IOException, PgErrorException {
    send(text);
    if (nextOfQuery() != expected) {
      throw unexpected();
    }
    return new CopyStream(reader, writer, false);
  }

  /// Reads what follows the end of a COPY, up to ReadyForQuery.
  public void finishCopy() throws IOException, PgErrorException {
    while (nextOfQuery() != 'Z') {
      switch (reader.tag()) {
        case 'C', 'c', 'd', 'T', 'D' -> {} // what was still on its way, and a walsender's results
        default -> throw unexpected();
      }
    }
  }

  private void send(String text) throws IOException {
    writer.begin('Q');
    writer.putCstring(text);
    writer.end();
    writer.flush();
  }

  /// The next message that is not an asynchronous one. An ErrorResponse is thrown.
  private byte next() throws IOException, PgErrorException {
    while (true) {
      if (!reader.next()) {
        throw new EOFException("the server closed the connection");
      }
      switch (reader.tag()) {
        case 'N', 'A' -> {}
        case 'S' -> {
          String name = Bytes.cstring(reader.body());
          parameterStatus.put(name, Bytes.cstring(reader.body()));
        }
        case 'E' -> throw new PgErrorException(PgError.decode(reader.body()));
        default -> {
          return reader.tag();
        }
      }
    }
  }

  /// As [#next], but after an error reads on to ReadyForQuery, so that the connection stays usable.
  private byte nextOfQuery() throws IOException, PgErrorException {
    try {
      return next();
    } catch (PgErrorException e) {
      if (e.error().severity().equals("FATAL") || e.error().severity().equals("PANIC")) {
        throw e;
      }
      while (reader.next()) {
        if (reader.tag() == 'Z') {
          throw e;
        }
      }
      close();
      throw e;
    }
  }

  private static List<String> columnNames(ByteBuffer body) throws ProtocolException {
    Bytes.require(body, 2, "RowDescription");
    int count = Short.toUnsignedInt(body.getShort());
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(Bytes.cstring(body));
      Bytes.require(body, 18, "RowDescription");
      body.position(body.position() + 18);
    }
    return names;
  }

  private static List<@Nullable String> row(ByteBuffer body) throws ProtocolException {
    Bytes.require(body, 2, "DataRow");
    int count = Short.toUnsignedInt(body.getShort());
    List<@Nullable String> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Bytes.require(body, 4, "DataRow");
      int length = body.getInt();
      values.add(length == -1 ? null : Bytes.utf8(body, length));
    }
    return values;
  }

  private ProtocolException unexpected() {
    return new ProtocolException(
        "unexpected message " + MessageReader.printable(reader.tag()) + " from the server");
  }

  /// A connection without the client around it.
  ///
  /// @param unread what has been received beyond the last message handed out
  public record Detached(SocketChannel channel, ByteBuffer unread) {}

  /// Hands the connection to the caller, who reads and writes it from now on, in the mode it likes
  /// (an event loop: non-blocking), and closes it. This client must not be used any more.
  public Detached detach() {
    reader.close();
    writer.close();
    return new Detached(channel, reader.copyOfUnread());
  }

  /// Closes without a word. A thread that waits on this connection is woken with an exception.
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      System.getLogger(PgClient.class.getName())
          .log(System.Logger.Level.DEBUG, "closing a connection", e);
    }
    reader.close();
    writer.close();
  }

  /// Sends Terminate, then closes. Only for the thread that uses the connection.
  public void terminate() {
    try {
      writer.begin('X');
      writer.end();
      writer.flush();
    } catch (IOException | IllegalStateException e) {
      System.getLogger(PgClient.class.getName())
          .log(System.Logger.Level.DEBUG, "the server did not hear the good-bye", e);
    }
    close();
  }
}
