package dev.argon.pgwire;

import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The server's side of one connection: start-up, then simple queries, each given to a
/// [QueryHandler], until the client leaves. Bytes that are no message are answered by one
/// ErrorResponse, and the connection is closed.
///
/// The methods are for the connection's own thread, but that a [CopyStream] may be divided between
/// two.
public final class PgConnection implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(PgConnection.class.getName());
  private static final int TEXT_OID = 25;
  private static final int PASSWORD_BYTES_MAX = 64 << 10;
  private static final int LINGER_BYTES_MAX = 1 << 20;
  private static final long LINGER_MILLIS = 1_000;

  private final SocketChannel channel;
  private final PgServerSettings settings;
  private final MessageReader reader;
  private final MessageWriter writer;
  private Map<String, String> parameters = Map.of();
  private Map<String, String> options = Map.of();
  private boolean inCopy;
  private boolean closeAfterQuery;

  PgConnection(SocketChannel channel, PgServerSettings settings) {
    this.channel = channel;
    this.settings = settings;
    reader =
        new MessageReader(
            channel,
            settings.queryBytesMax(),
            settings.receiveBufferBytes(),
            settings.startupTimeoutMillis());
    writer = new MessageWriter(channel, settings.writeTimeoutMillis());
  }

  /// A startup parameter (`user`, `database`, `application_name`, `replication`, ...), or empty.
  public String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  /// An item of the startup parameter `options`, or empty.
  public String option(String key) {
    return options.getOrDefault(key, "");
  }

  /// All items of the startup parameter `options`.
  public Map<String, String> options() {
    return options;
  }

  /// The peer's address, for log lines.
  public String peer() {
    try {
      return String.valueOf(channel.getRemoteAddress());
    } catch (IOException e) {
      return "(closed)";
    }
  }

  /// Ends the connection once the current query is answered.
  public void closeAfterQuery() {
    closeAfterQuery = true;
  }

  void run(QueryHandler handler, boolean full) {
    try {
      if (startUp(full)) {
        serve(handler);
      }
    } catch (PgErrorException e) {
      lastWord(e.error());
    } catch (ProtocolException e) {
      LOGGER.log(Level.INFO, "connection from {0} terminated: {1}", peer(), e.getMessage());
      lastWord(PgError.fatal(SqlState.PROTOCOL_VIOLATION, String.valueOf(e.getMessage())));
    } catch (IOException e) {
      logEnd(e);
    } catch (RuntimeException e) {
      LOGGER.log(Level.ERROR, "connection from " + peer() + " ended by an internal error", e);
      lastWord(PgError.fatal(SqlState.INTERNAL_ERROR, "internal error, see the server's log"));
    }
  }

  private void logEnd(IOException e) {
    boolean expected =
        e instanceof ClosedChannelException
            || e instanceof SocketException
            || e instanceof SocketTimeoutException
            || e instanceof EOFException
            || "Connection reset by peer".equals(e.getMessage())
            || "Broken pipe".equals(e.getMessage());
    LOGGER.log(
        expected ? Level.INFO : Level.WARNING, "connection terminated: " + e, expected ? null : e);
  }

  private boolean startUp(boolean full) throws IOException, PgErrorException {
    while (reader.nextStartup(StartupPacket.BYTES_MAX)) {
      switch (StartupPacket.decode(reader.body())) {
        case StartupPacket.SslRequest(), StartupPacket.GssRequest() -> {
          if (reader.hasUnread()) {
            throw new ProtocolException("data before the answer to an encryption request");
          }
          writer.putByte('N');
          writer.flush();
        }
        case StartupPacket.Cancel _ -> {
          return false;
        }
        case StartupPacket.Start start -> {
          if (full) {
            throw new PgErrorException(
                PgError.fatal(SqlState.TOO_MANY_CONNECTIONS, "too many connections"));
          }
          admit(start);
          return true;
        }
      }
    }
    return false;
  }

  private void admit(StartupPacket.Start start) throws IOException, PgErrorException {
    parameters = start.parameters();
    options = StartupOptions.parse(parameter("options"));
    negotiate(start);
    settings.authentication().authenticate(this);
    authenticationMessage(0);
    settings.parameterStatus().forEach(this::parameterStatus);
    reader.timeout(settings.idleTimeoutMillis());
  }

  private void negotiate(StartupPacket.Start start) throws IOException {
    List<String> unknown =
        parameters.keySet().stream().filter(name -> name.startsWith("_pq_.")).toList();
    if (start.minor() == 0 && unknown.isEmpty()) {
      return;
    }
    writer.begin('v');
    writer.putInt(3 << 16);
    writer.putInt(unknown.size());
    unknown.forEach(writer::putCstring);
    writer.end();
  }

  private void authenticationMessage(int code) {
    try {
      writer.begin('R');
      writer.putInt(code);
      writer.end();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// Asks the client for its password in clear text and returns it.
  public String askPassword() throws IOException {
    authenticationMessage(3);
    writer.flush();
    reader.limit(PASSWORD_BYTES_MAX);
    if (!reader.next()) {
      throw new EOFException("the client left instead of giving its password");
    }
    if (reader.tag() != 'p') {
      throw new ProtocolException(
          "a password was expected, not " + MessageReader.printable(reader.tag()));
    }
    String password = Bytes.cstring(reader.body());
    reader.limit(settings.queryBytesMax());
    return password;
  }

  private void parameterStatus(String name, String value) {
    try {
      writer.begin('S');
      writer.putCstring(name);
      writer.putCstring(value);
      writer.end();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void serve(QueryHandler handler) throws IOException, PgErrorException {
    readyForQuery();
    while (reader.next()) {
      switch (reader.tag()) {
        case 'Q' -> {
          if (!query(handler)) {
            return;
          }
        }
        case 'X' -> {
          return;
        }
        case 'P', 'B', 'D', 'E', 'C', 'H', 'F' -> {
          refuse("only simple queries are supported");
          if (!skipToSync()) {
            return;
          }
          readyForQuery();
        }
        case 'S' -> readyForQuery();
        default ->
            throw new ProtocolException(
                "unexpected message " + MessageReader.printable(reader.tag()));
      }
    }
  }

  private boolean skipToSync() throws IOException {
    while (reader.next()) {
      if (reader.tag() == 'S') {
        return true;
      }
    }
    return false;
  }

  private void refuse(String message) throws IOException {
    PgError.error(SqlState.FEATURE_NOT_SUPPORTED, message).encode(writer, 'E');
    writer.flush();
  }

  /// @return false if the connection is to be closed
  private boolean query(QueryHandler handler) throws IOException, PgErrorException {
    String text = Bytes.cstring(reader.body());
    try {
      handler.query(this, text);
    } catch (PgErrorException e) {
      if (inCopy || e.error().severity().equals("FATAL")) {
        throw e;
      }
      e.error().encode(writer, 'E');
    }
    if (closeAfterQuery) {
      writer.flush();
      return false;
    }
    inCopy = false;
    reader.limit(settings.queryBytesMax());
    reader.timeout(settings.idleTimeoutMillis());
    readyForQuery();
    return true;
  }

  private void readyForQuery() throws IOException {
    writer.begin('Z');
    writer.putByte('I');
    writer.end();
    writer.flush();
  }

  /// Begins a result whose columns are all of type text.
  public void rowDescription(String... columns) throws IOException {
    writer.begin('T');
    writer.putShort(columns.length);
    for (String column : columns) {
      writer.putCstring(column);
      writer.putInt(0); // no table
      writer.putShort(0); // no column number
      writer.putInt(TEXT_OID);
      writer.putShort(-1); // typlen: variable
      writer.putInt(-1); // typmod
      writer.putShort(0); // text format
    }
    writer.end();
  }

  /// One row; null is SQL's NULL.
  public void dataRow(@Nullable String... values) throws IOException {
    writer.begin('D');
    writer.putShort(values.length);
    for (String value : values) {
      if (value == null) {
        writer.putInt(-1);
      } else {
        byte[] bytes = value.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        writer.putInt(bytes.length);
        writer.putBytes(bytes);
      }
    }
    writer.end();
  }

  /// Ends a result. `tag` is like `SELECT 1`.
  public void commandComplete(String tag) throws IOException {
    writer.begin('C');
    writer.putCstring(tag);
    writer.end();
  }

  /// Begins a COPY in both directions.
  public CopyStream copyBoth() throws IOException {
    return copy('W');
  }

  /// Begins a COPY to the client. [CopyStream#receive] is not for it.
  public CopyStream copyOut() throws IOException {
    return copy('H');
  }

  private CopyStream copy(char tag) throws IOException {
    writer.begin(tag);
    writer.putByte(0); // text, as every server of this protocol family says
    writer.putShort(0); // no columns
    writer.end();
    writer.flush();
    inCopy = true;
    reader.limit(settings.copyBytesMax());
    return new CopyStream(reader, writer, true);
  }

  /// Says why the connection ends, and lets the client read it: closing with unread input would
  /// reset the connection and take the message with it.
  private void lastWord(PgError error) {
    try {
      error.encode(writer, 'E');
      writer.flush();
      channel.shutdownOutput();
      ByteBuffer discarded = ByteBuffer.allocate(8 << 10);
      Deadlines.Deadline deadline = Deadlines.shared().on(channel);
      deadline.arm(LINGER_MILLIS);
      try {
        int total = 0;
        int count;
        while (total < LINGER_BYTES_MAX && (count = channel.read(discarded.clear())) >= 0) {
          total += count;
        }
      } finally {
        deadline.release();
      }
    } catch (IOException | IllegalStateException e) {
      // The peer is gone, or the failure came in the middle of a message: nothing more to say.
      LOGGER.log(Level.DEBUG, "an error could not be delivered", e);
    }
  }

  /// Closes the socket; whoever waits on it is woken with an exception.
  @Override
  public void close() {
    reader.close();
    writer.close();
    try {
      channel.close();
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "closing a connection", e);
    }
  }

  /// Ends the peer's direction: a thread that waits for its messages sees the end of the stream.
  /// What is sent still arrives.
  public void abortInput() {
    try {
      channel.shutdownInput();
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "ending the input of a connection", e);
    }
  }

  /// Ends the whole connection from another thread (one direction of a COPY has failed).
  public void abort() {
    try {
      channel.close();
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "closing a connection", e);
    }
  }

  /// Lists the parameters, for messages.
  @Override
  public String toString() {
    return "connection from " + peer() + ' ' + new ArrayList<>(parameters.keySet());
  }
}
