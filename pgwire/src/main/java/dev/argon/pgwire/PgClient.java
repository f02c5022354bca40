package dev.argon.pgwire;

import dev.argon.pgwire.message.BackendMessage;
import dev.argon.pgwire.message.Bytes;
import dev.argon.pgwire.message.FrontendMessage;
import dev.argon.pgwire.message.ProtocolErrorException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The client's side of one connection: simple queries and COPY streams. For one thread at a time,
/// but that a [CopyStream] may be divided between two, and [#close] may come from any thread.
public final class PgClient implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(PgClient.class.getName());

  private final PgClientSettings settings;
  private final ClientStartup.Connected connected;
  private final MessageReader reader;
  private final MessageWriter writer;
  private final Map<String, String> parameterStatus;

  private PgClient(PgClientSettings settings, ClientStartup.Connected connected) {
    this.settings = settings;
    this.connected = connected;
    reader = connected.reader();
    writer = connected.writer();
    parameterStatus = new HashMap<>(connected.parameterStatus());
  }

  /// Connects, encrypts if the settings say so, and authenticates.
  ///
  /// @throws PgErrorException if the server refuses
  public static PgClient connect(PgClientSettings settings) throws IOException, PgErrorException {
    return new PgClient(settings, ClientStartup.connect(settings));
  }

  /// A run-time parameter as the server reported it last (`server_version`, ...), or empty.
  public String parameterStatus(String name) {
    return parameterStatus.getOrDefault(name, "");
  }

  /// The server process's id, 0 if it did not say.
  public int processId() {
    return connected.key().map(BackendMessage.BackendKeyData::processId).orElse(0);
  }

  /// Whether the connection is encrypted.
  public boolean isEncrypted() {
    return connected.tls().isPresent();
  }

  /// Asks the server, over a connection of its own, to cancel what it is doing for this client. Any
  /// thread may. The server does not say whether it did.
  ///
  /// @throws IllegalStateException if the server has given no key for it
  public void cancel() throws IOException, PgErrorException {
    BackendMessage.BackendKeyData key =
        connected
            .key()
            .orElseThrow(() -> new IllegalStateException("the server has given no cancel key"));
    ClientStartup.cancel(settings, key);
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
      switch (decoded()) {
        case BackendMessage.RowDescription(List<BackendMessage.Column> described) -> {
          columns = described.stream().map(BackendMessage.Column::name).toList();
          rows = new ArrayList<>();
        }
        case BackendMessage.DataRow(List<Optional<ByteBuffer>> values) -> rows.add(row(values));
        case BackendMessage.CommandComplete(String tag) -> commandTag = tag;
        case BackendMessage.EmptyQueryResponse() -> {}
        default -> throw unexpected();
      }
    }
    return new QueryResult(columns, rows, commandTag);
  }

  private BackendMessage decoded() throws ProtocolException {
    try {
      return BackendMessage.decode(reader.tag(), reader.body());
    } catch (ProtocolErrorException e) {
      throw new ProtocolException(e);
    }
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

  /// Runs a query that begins a COPY to the server. Send, call [CopyStream#done], then
  /// [#finishCopy].
  public CopyStream copyIn(String text) throws IOException, PgErrorException {
    return copy(text, (byte) 'G');
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
    writer.put(new FrontendMessage.Query(text));
    writer.flush();
  }

  /// The next message that is not an asynchronous one. An ErrorResponse is thrown.
  private byte next() throws IOException, PgErrorException {
    return ClientStartup.next(reader, parameterStatus);
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

  private static List<@Nullable String> row(List<Optional<ByteBuffer>> values)
      throws ProtocolException {
    List<@Nullable String> row = new ArrayList<>(values.size());
    for (Optional<ByteBuffer> value : values) {
      row.add(value.isPresent() ? text(value.get()) : null);
    }
    return row;
  }

  private static String text(ByteBuffer value) throws ProtocolException {
    try {
      return Bytes.utf8(value, value.remaining(), "DataRow");
    } catch (ProtocolErrorException e) {
      throw new ProtocolException(e);
    }
  }

  private ProtocolException unexpected() {
    return ClientStartup.unexpected(reader);
  }

  /// A connection without the client around it.
  ///
  /// @param unread what has been received beyond the last message handed out
  public record Detached(SocketChannel channel, ByteBuffer unread) {}

  /// Hands the connection to the caller, who reads and writes it from now on, in the mode it likes
  /// (an event loop: non-blocking), and closes it. This client must not be used any more. If the
  /// connection is encrypted what is handed over is the near end of a bridge to it, and the limit
  /// on writing stays in force behind it.
  public Detached detach() throws IOException {
    ByteBuffer unread = reader.takeUnread();
    SocketChannel channel =
        connected.tls().isPresent()
            ? PlainBridge.over(
                connected.socket(), connected.tls().get(), settings.limits().writeTimeoutMillis())
            : connected.socket();
    reader.close();
    writer.close();
    return new Detached(channel, unread);
  }

  /// Closes without a word. A thread that waits on this connection is woken with an exception.
  @Override
  public void close() {
    connected.close();
  }

  /// Sends Terminate, then closes. Only for the thread that uses the connection.
  public void terminate() {
    try {
      writer.put(new FrontendMessage.Terminate());
      writer.flush();
      if (connected.tls().isPresent()) {
        connected.tls().get().shutdownOutput();
      }
    } catch (IOException | IllegalStateException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "the server did not hear the good-bye", e);
    }
    close();
  }
}
