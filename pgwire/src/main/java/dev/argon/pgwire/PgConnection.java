package dev.argon.pgwire;

import dev.argon.pgwire.message.BackendMessage;
import dev.argon.pgwire.message.FrontendMessage;
import dev.argon.pgwire.message.MessageSet;
import dev.argon.pgwire.message.ProtocolErrorException;
import dev.argon.pgwire.tls.TlsChannel;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/// The server's side of one connection: start-up, then queries, each given to a [QueryHandler],
/// until the client leaves. Bytes that are no message are answered by one ErrorResponse, and the
/// connection is closed.
///
/// A COPY [#split]s the connection: its reading half belongs to the [CopyStream] then, and reading
/// through the connection is a bug, while writing goes on through either. When the query is
/// answered the halves are [#join]ed; if the reading half has met its end, the connection is
/// [ConnectionState#CLOSED] and nothing is read from the socket again.
///
/// The methods are for the connection's own thread, but that a [CopyStream] may be divided between
/// two, and that [#abort] and [#abortInput] are for any.
public final class PgConnection implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(PgConnection.class.getName());
  private static final AtomicLong LAST_ID = new AtomicLong();
  private static final int LINGER_BYTES_MAX = 1 << 20;
  private static final long LINGER_MILLIS = 1_000;

  /// Whether a result has to be described.
  private enum Description {
    /// A simple query: whenever the handler does.
    FREE,
    /// A portal was described before it was executed, and the answer is still owed.
    OWED,
    /// Nobody asked, or the answer was given before.
    UNWANTED
  }

  private final long id = LAST_ID.incrementAndGet();
  private final SocketChannel socket;
  private final String peer;
  private final PgServerSettings settings;
  private final MessageReader reader;
  private final MessageWriter writer;
  private @Nullable TlsChannel tls;
  private volatile ConnectionState state = ConnectionState.INITIALIZATION;
  private Map<String, String> parameters = Map.of();
  private Map<String, String> options = Map.of();
  private Optional<Object> attachment = Optional.empty();
  private Description description = Description.FREE;

  /// The most rows the client wants of the query that runs; 0 is all.
  private int rowLimit;

  private int rowCount;
  private boolean rowsCut;
  private boolean isSplit;
  private boolean inCopy;
  private boolean closeAfterQuery;

  PgConnection(SocketChannel socket, PgServerSettings settings) {
    this.socket = socket;
    this.settings = settings;
    peer = peer(socket);
    reader = new MessageReader(socket, MessageSet.FRONTEND, settings.limits().ofParser(), 0);
    writer = new MessageWriter(socket, settings.limits().writeTimeoutMillis());
  }

  private static String peer(SocketChannel socket) {
    try {
      return String.valueOf(socket.getRemoteAddress());
    } catch (IOException e) {
      return "(closed)";
    }
  }

  /// A number of its own among the connections of this process, for log lines.
  public long id() {
    return id;
  }

  public ConnectionState state() {
    return state;
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
    return peer;
  }

  /// Keeps what authentication has found out about the client.
  public void attach(Object whatIsKnown) {
    attachment = Optional.of(whatIsKnown);
  }

  /// What was [#attach]ed, if it is of this type.
  public <T> Optional<T> attachment(Class<T> type) {
    return attachment.filter(type::isInstance).map(type::cast);
  }

  /// Ends the connection once the current query is answered.
  public void closeAfterQuery() {
    closeAfterQuery = true;
  }

  boolean isEncrypted() {
    return tls != null;
  }

  /// The TLS below, if there is any.
  Optional<TlsChannel> tls() {
    return Optional.ofNullable(tls);
  }

  /// Goes over to TLS.
  ///
  /// @param received what the client has sent of its handshake already
  TlsChannel encrypt(SSLEngine engine, ByteBuffer received) throws IOException {
    requireWhole();
    TlsChannel channel = new TlsChannel(socket, engine, received);
    channel.handshake();
    reader.upgrade(channel);
    writer.upgrade(channel);
    tls = channel;
    state = ConnectionState.ENCRYPTED;
    return channel;
  }

  /// Takes over what the startup packet said.
  void begin(Map<String, String> startParameters) throws ProtocolException {
    state = ConnectionState.AUTHENTICATION;
    parameters = startParameters;
    options = StartupOptions.parse(parameter("options"));
  }

  void run(QueryHandler handler, boolean full) {
    try {
      if (startUp(full)) {
        serve(handler);
      }
    } catch (PgErrorException e) {
      LOGGER.log(Level.INFO, "{0} terminated: {1}", this, e.error());
      lastWord(e.error());
    } catch (IOException e) {
      end(classified(e));
    } catch (RuntimeException e) {
      LOGGER.log(Level.ERROR, this + " ended by an internal error", e);
      lastWord(PgError.fatal(SqlState.INTERNAL_ERROR, "internal error, see the server's log"));
    } finally {
      state = ConnectionState.CLOSED;
    }
  }

  /// All of start-up has one deadline: a client that sends a byte now and then gains nothing.
  private boolean startUp(boolean full) throws IOException, PgErrorException {
    long millis = settings.limits().startupTimeoutMillis();
    Deadlines.Deadline deadline = Deadlines.shared().on(socket);
    deadline.arm(millis);
    try {
      boolean admitted = new ServerStartup(this, settings, reader, writer).run(full);
      deadline.disarm();
      if (!admitted) {
        return false;
      }
    } catch (IOException e) {
      if (deadline.expired()) {
        SocketTimeoutException timedOut =
            new SocketTimeoutException("timed out: start-up took more than " + millis + " ms");
        timedOut.initCause(e);
        throw timedOut;
      }
      throw e;
    } finally {
      deadline.release();
    }
    reader.timeout(settings.limits().idleTimeoutMillis());
    state = ConnectionState.ESTABLISHED;
    return true;
  }

  /// Whether the connection has failed, or something else has.
  private QueryError classified(IOException e) {
    if (state != ConnectionState.ESTABLISHED) {
      return new QueryError.Disconnected(ConnectionError.of(e));
    }
    Optional<IOException> read = reader.failure();
    Optional<IOException> written = writer.failure();
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof IOException failure
          && (at instanceof ProtocolException
              || read.filter(at::equals).isPresent()
              || written.filter(at::equals).isPresent())) {
        return new QueryError.Disconnected(ConnectionError.of(failure));
      }
    }
    return new QueryError.Other(e);
  }

  /// One line in the log, and a last word if anybody may be there to read it.
  private void end(QueryError error) {
    switch (error) {
      case QueryError.Disconnected(ConnectionError cause) when cause.isExpected() ->
          LOGGER.log(Level.INFO, "{0} terminated: {1}", this, cause.text());
      case QueryError.Disconnected(ConnectionError.Io(IOException cause)) ->
          LOGGER.log(Level.ERROR, this + " terminated: " + error.text(), cause);
      case QueryError.Disconnected(ConnectionError.Protocol _) -> {
        LOGGER.log(Level.ERROR, "{0} terminated: {1}", this, error.text());
        lastWord(PgError.fatal(SqlState.PROTOCOL_VIOLATION, error.text()));
      }
      case QueryError.Other(Throwable cause) -> {
        LOGGER.log(Level.ERROR, this + " terminated: " + error.text(), cause);
        lastWord(PgError.fatal(error.sqlState(), error.text()));
      }
    }
  }

  /// The next message.
  ///
  /// @return false if there is none any more
  boolean next() throws IOException {
    requireWhole();
    if (state == ConnectionState.CLOSED) {
      return false;
    }
    return reader.next();
  }

  private void serve(QueryHandler handler) throws IOException, PgErrorException {
    ExtendedQuery extended = new ExtendedQuery(this, writer, handler);
    readyForQuery();
    while (next()) {
      FrontendMessage message;
      try {
        message = FrontendMessage.decode(reader.tag(), reader.body());
      } catch (ProtocolErrorException e) {
        throw new ProtocolException(e);
      }
      if (extended.isSkipping()
          && !(message instanceof FrontendMessage.Sync
              || message instanceof FrontendMessage.Terminate)) {
        continue;
      }
      if (!handle(message, extended, handler)) {
        return;
      }
    }
  }

  /// @return false if the connection is to be closed
  private boolean handle(FrontendMessage message, ExtendedQuery extended, QueryHandler handler)
      throws IOException, PgErrorException {
    switch (message) {
      case FrontendMessage.Query(String text) -> {
        description = Description.FREE;
        limitRows(0);
        if (!query(handler, text, PgConnection::answerError)) {
          return false;
        }
        readyForQuery();
      }
      case FrontendMessage.Sync() -> {
        extended.sync();
        readyForQuery();
      }
      case FrontendMessage.Flush() -> {
        extended.settleDescription();
        writer.flush();
      }
      case FrontendMessage.FunctionCall _ -> {
        answerError(PgError.error(SqlState.FEATURE_NOT_SUPPORTED, "there are no functions here"));
        readyForQuery();
      }
      case FrontendMessage.Terminate() -> {
        return false;
      }
      case FrontendMessage.CopyData _,
          FrontendMessage.CopyDone _,
          FrontendMessage.CopyFail _,
          FrontendMessage.AuthenticationResponse _ ->
          throw new ProtocolException("unexpected message " + MessageSet.printable(reader.tag()));
      case FrontendMessage.Execute execute -> {
        return execute(execute, extended, handler);
      }
      case FrontendMessage.Parse _,
          FrontendMessage.Bind _,
          FrontendMessage.Describe _,
          FrontendMessage.Close _ ->
          prepare(message, extended);
    }
    return true;
  }

  private static void prepare(FrontendMessage message, ExtendedQuery extended) throws IOException {
    try {
      if (message instanceof FrontendMessage.Parse parse) {
        extended.parse(parse);
      } else if (message instanceof FrontendMessage.Bind bind) {
        extended.bind(bind);
      } else if (message instanceof FrontendMessage.Describe describe) {
        extended.describe(describe);
      } else if (message instanceof FrontendMessage.Close close) {
        extended.close(close);
      }
    } catch (PgErrorException e) {
      extended.fail(e.error());
    }
  }

  private boolean execute(
      FrontendMessage.Execute execute, ExtendedQuery extended, QueryHandler handler)
      throws IOException, PgErrorException {
    String text;
    try {
      text = extended.execute(execute);
    } catch (PgErrorException e) {
      extended.fail(e.error());
      return true;
    }
    description = extended.takeDescriptionOwed() ? Description.OWED : Description.UNWANTED;
    limitRows(execute.rowLimit());
    boolean goesOn = query(handler, text, (_, error) -> extended.fail(error));
    if (rowsCut) {
      extended.cut(execute.portal());
    }
    return goesOn;
  }

  private void limitRows(int limit) {
    rowLimit = limit;
    rowCount = 0;
    rowsCut = false;
  }

  /// Tells the client that its query has failed.
  @FunctionalInterface
  private interface ErrorAnswer {
    void answer(PgConnection connection, PgError error) throws IOException;
  }

  /// @return false if the connection is to be closed
  private boolean query(QueryHandler handler, String text, ErrorAnswer errors)
      throws IOException, PgErrorException {
    if (text.isBlank()) {
      settleDescription();
      writer.put(new BackendMessage.EmptyQueryResponse());
      return true;
    }
    try {
      handler.query(this, text);
    } catch (PgErrorException e) {
      if (inCopy || e.error().severity().equals("FATAL")) {
        throw e;
      }
      errors.answer(this, e.error());
    } catch (IOException e) {
      QueryError error = classified(e);
      if (inCopy || error instanceof QueryError.Disconnected) {
        throw e;
      }
      LOGGER.log(Level.ERROR, this + ": a query has failed: " + error.text(), e);
      errors.answer(this, PgError.error(error.sqlState(), error.text()));
    } finally {
      if (isSplit) {
        join(reader);
      }
    }
    if (closeAfterQuery || state == ConnectionState.CLOSED) {
      if (socket.isOpen() && reader.failure().isEmpty() && writer.failure().isEmpty()) {
        writer.flush();
      }
      return false;
    }
    inCopy = false;
    reader.limit(settings.limits().queryBytesMax());
    reader.timeout(settings.limits().idleTimeoutMillis());
    return true;
  }

  private void answerError(PgError error) throws IOException {
    error.encode(writer);
  }

  private void readyForQuery() throws IOException {
    writer.put(new BackendMessage.ReadyForQuery('I'));
    writer.flush();
  }

  /// A description that is owed and will not come: there are no rows.
  private void settleDescription() throws IOException {
    if (description == Description.OWED) {
      writer.put(new BackendMessage.NoData());
    }
    if (description != Description.FREE) {
      description = Description.UNWANTED;
    }
  }

  /// Begins a result whose columns are all of type text.
  public void rowDescription(String... columns) throws IOException {
    if (description == Description.UNWANTED) {
      return;
    }
    writer.put(
        new BackendMessage.RowDescription(
            List.of(columns).stream().map(BackendMessage.Column::text).toList()));
    if (description == Description.OWED) {
      description = Description.UNWANTED;
    }
  }

  /// One row; null is SQL's NULL. Rows beyond the limit that a client of the extended protocol has
  /// set are left out.
  public void dataRow(@Nullable String... values) throws IOException {
    if (rowLimit > 0 && rowCount == rowLimit) {
      rowsCut = true;
      return;
    }
    rowCount++;
    List<Optional<ByteBuffer>> row = new ArrayList<>(values.length);
    for (String value : values) {
      row.add(
          Optional.ofNullable(value)
              .map(text -> ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
    }
    writer.put(new BackendMessage.DataRow(row));
  }

  /// Ends a result. `tag` is like `SELECT 1`.
  public void commandComplete(String tag) throws IOException {
    settleDescription();
    writer.put(
        rowsCut ? new BackendMessage.PortalSuspended() : new BackendMessage.CommandComplete(tag));
  }

  /// Begins a COPY in both directions.
  public CopyStream copyBoth() throws IOException {
    return copy(new BackendMessage.CopyBothResponse(0, List.of()));
  }

  /// Begins a COPY to the client. [CopyStream#receive] is not for it.
  public CopyStream copyOut() throws IOException {
    return copy(new BackendMessage.CopyOutResponse(0, List.of()));
  }

  /// Begins a COPY from the client.
  public CopyStream copyIn() throws IOException {
    return copy(new BackendMessage.CopyInResponse(1, List.of(1)));
  }

  private CopyStream copy(BackendMessage response) throws IOException {
    settleDescription();
    writer.put(response);
    writer.flush();
    inCopy = true;
    reader.limit(settings.limits().copyBytesMax());
    return new CopyStream(split(), writer, true);
  }

  /// Divides the connection: the caller reads through what is returned, which begins with what has
  /// been received already; writing goes on through this object.
  ///
  /// @throws IllegalStateException if it is divided
  MessageReader split() {
    requireWhole();
    isSplit = true;
    return reader;
  }

  /// Puts the halves together again.
  ///
  /// @throws IllegalStateException if it is not divided, or not into this half
  void join(MessageReader half) {
    if (!isSplit || half != reader) {
      throw new IllegalStateException("joined, but not divided");
    }
    isSplit = false;
    if (half.isClosed()) {
      state = ConnectionState.CLOSED;
    }
  }

  private void requireWhole() {
    if (isSplit) {
      throw new IllegalStateException("the reading half of the connection is given away");
    }
  }

  /// Says why the connection ends, and lets the client read it: closing with unread input would
  /// reset the connection and take the message with it. The connection is of no further use. A
  /// handler that calls this has logged the reason, and returns.
  public void lastWord(PgError error) {
    try {
      error.encode(writer);
      writer.flush();
      shutdownOutput();
      ByteBuffer discarded = ByteBuffer.allocate(8 << 10);
      Deadlines.Deadline deadline = Deadlines.shared().on(socket);
      deadline.arm(LINGER_MILLIS);
      try {
        int total = 0;
        int count;
        while (total < LINGER_BYTES_MAX && (count = socket.read(discarded.clear())) >= 0) {
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

  private void shutdownOutput() throws IOException {
    if (tls == null) {
      socket.shutdownOutput();
    } else {
      tls.shutdownOutput();
    }
  }

  /// Closes the socket; whoever waits on it is woken with an exception.
  @Override
  public void close() {
    reader.close();
    writer.close();
    abort();
  }

  /// Ends the peer's direction: a thread that waits for its messages sees the end of the stream.
  /// What is sent still arrives.
  public void abortInput() {
    try {
      socket.shutdownInput();
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "ending the input of a connection", e);
    }
  }

  /// Ends the whole connection from another thread (one direction of a COPY has failed).
  public void abort() {
    try {
      socket.close();
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "closing a connection", e);
    }
  }

  /// Number and peer, for messages.
  @Override
  public String toString() {
    return "connection " + id + " from " + peer;
  }
}
