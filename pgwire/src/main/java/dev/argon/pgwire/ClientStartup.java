package dev.argon.pgwire;

import dev.argon.pgwire.message.AuthenticationRequest;
import dev.argon.pgwire.message.BackendMessage;
import dev.argon.pgwire.message.FrontendMessage;
import dev.argon.pgwire.message.MessageSet;
import dev.argon.pgwire.message.ProtocolErrorException;
import dev.argon.pgwire.message.StartupPacket;
import dev.argon.pgwire.tls.ChannelBinding;
import dev.argon.pgwire.tls.ClientTls;
import dev.argon.pgwire.tls.ServerTls;
import dev.argon.pgwire.tls.SslMode;
import dev.argon.pgwire.tls.TlsChannel;
import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The client's part of start-up: connecting, TLS, the startup packet, authentication. One deadline
/// covers all of it.
final class ClientStartup {

  private static final System.Logger LOGGER = System.getLogger(ClientStartup.class.getName());
  private static final SecureRandom RANDOM = new SecureRandom();

  private final PgClientSettings settings;
  private final SocketChannel socket;
  private final MessageReader reader;
  private final MessageWriter writer;
  private final Map<String, String> parameterStatus = new HashMap<>();
  private @Nullable TlsChannel tls;
  private BackendMessage.@Nullable BackendKeyData key;

  /// A connection that is ready for queries.
  ///
  /// @param key for cancelling, if the server gave one
  /// @param parameterStatus what the server reported
  record Connected(
      SocketChannel socket,
      Optional<TlsChannel> tls,
      MessageReader reader,
      MessageWriter writer,
      Optional<BackendMessage.BackendKeyData> key,
      Map<String, String> parameterStatus) {

    /// Closes the socket first, so that nobody is left waiting on it.
    void close() {
      try {
        socket.close();
      } catch (IOException e) {
        LOGGER.log(Level.DEBUG, "closing a connection", e);
      }
      reader.close();
      writer.close();
    }
  }

  private ClientStartup(PgClientSettings settings, SocketChannel socket) {
    this.settings = settings;
    this.socket = socket;
    reader = new MessageReader(socket, MessageSet.BACKEND, settings.limits().ofParser(), 0);
    writer = new MessageWriter(socket, settings.limits().writeTimeoutMillis());
  }

  static Connected connect(PgClientSettings settings) throws IOException, PgErrorException {
    try {
      return connectOnce(settings);
    } catch (SSLException e) {
      if (settings.tls().mode() != SslMode.PREFER) {
        throw e;
      }
      // "prefer" is for those who can do without: as libpq, try again in the clear.
      LOGGER.log(Level.DEBUG, "TLS has failed, going on without", e);
      return connectOnce(settings.withTls(ClientTls.disabled()));
    }
  }

  private static Connected connectOnce(PgClientSettings settings)
      throws IOException, PgErrorException {
    return within(
        settings,
        startup -> {
          startup.encrypt();
          startup.start();
          startup.reader.timeout(settings.limits().readTimeoutMillis());
          return startup.connected();
        });
  }

  /// Sends a cancel request over a connection of its own, encrypted as the one it is about.
  static void cancel(PgClientSettings settings, BackendMessage.BackendKeyData key)
      throws IOException, PgErrorException {
    Connected connected =
        within(
            settings,
            startup -> {
              startup.encrypt();
              startup.writer.put(new StartupPacket.Cancel(key.processId(), key.secretKey()));
              startup.writer.flush();
              // The server closes when it has passed the request on.
              if (startup.reader.next()) {
                throw unexpected(startup.reader);
              }
              return startup.connected();
            });
    connected.close();
  }

  @FunctionalInterface
  private interface Steps {
    Connected run(ClientStartup startup) throws IOException, PgErrorException;
  }

  private static Connected within(PgClientSettings settings, Steps steps)
      throws IOException, PgErrorException {
    long millis = settings.limits().connectTimeoutMillis();
    SocketChannel socket = open(settings);
    Deadlines.Deadline deadline = Deadlines.shared().on(socket);
    deadline.arm(millis);
    @Nullable ClientStartup startup = null;
    boolean done = false;
    try {
      connectSocket(socket, settings, deadline);
      startup = new ClientStartup(settings, socket);
      Connected connected = steps.run(startup);
      deadline.disarm();
      done = true;
      return connected;
    } catch (IOException e) {
      if (!deadline.expired()) {
        throw e;
      }
      SocketTimeoutException timedOut =
          new SocketTimeoutException(
              "timed out connecting to " + settings.address() + " within " + millis + " ms");
      timedOut.initCause(e);
      throw timedOut;
    } finally {
      deadline.release();
      if (!done) {
        socket.close();
        if (startup != null) {
          startup.connected().close();
        }
      }
    }
  }

  private static SocketChannel open(PgClientSettings settings) throws IOException {
    return settings.address() instanceof UnixDomainSocketAddress
        ? SocketChannel.open(StandardProtocolFamily.UNIX)
        : SocketChannel.open();
  }

  private static void connectSocket(
      SocketChannel socket, PgClientSettings settings, Deadlines.Deadline deadline)
      throws IOException {
    try {
      socket.connect(resolved(settings));
      TcpKeepalive.USUAL.apply(socket);
    } catch (IOException e) {
      if (deadline.expired()) {
        throw e;
      }
      throw new IOException("cannot connect to " + settings.address() + ": " + e.getMessage(), e);
    }
  }

  private static SocketAddress resolved(PgClientSettings settings) {
    return settings.address() instanceof InetSocketAddress inet && inet.isUnresolved()
        ? new InetSocketAddress(inet.getHostString(), inet.getPort())
        : settings.address();
  }

  private Connected connected() {
    return new Connected(
        socket,
        Optional.ofNullable(tls),
        reader,
        writer,
        Optional.ofNullable(key),
        parameterStatus);
  }

  /// Goes over to TLS if that is asked for. Unix-domain sockets do without, as with libpq.
  private void encrypt() throws IOException {
    SslMode mode = settings.tls().mode();
    if (mode == SslMode.DISABLE || !(settings.address() instanceof InetSocketAddress address)) {
      return;
    }
    if (!settings.tls().direct()) {
      writer.put(new StartupPacket.SslRequest());
      writer.flush();
      switch (tlsAnswer()) {
        case 'S' -> {}
        case 'N' -> {
          if (mode == SslMode.PREFER) {
            return;
          }
          throw new SSLException("the server does not support TLS, and sslmode is " + mode);
        }
        default -> throw new ProtocolException("an answer to a TLS request that is none");
      }
    }
    TlsChannel channel =
        new TlsChannel(
            socket,
            settings.tls().engine(address.getHostString(), address.getPort()),
            ByteBuffer.allocate(0));
    channel.handshake();
    if (settings.tls().direct()
        && !channel.applicationProtocol().equals(ServerTls.APPLICATION_PROTOCOL)) {
      throw new SSLException("direct TLS, and the server does not speak \"postgresql\" (ALPN)");
    }
    reader.upgrade(channel);
    writer.upgrade(channel);
    tls = channel;
  }

  /// One byte, read past the reader's buffer: what follows it belongs to TLS.
  private char tlsAnswer() throws IOException {
    ByteBuffer answer = ByteBuffer.allocate(1);
    if (socket.read(answer) < 0) {
      throw new EOFException("the server closed the connection instead of answering about TLS");
    }
    return (char) answer.get(0);
  }

  private void start() throws IOException, PgErrorException {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", settings.user());
    parameters.put("database", settings.database());
    parameters.putAll(settings.parameters());
    writer.put(new StartupPacket.Start(3, settings.limits().protocolMinor(), parameters));
    writer.flush();
    authenticate();
    while (next(reader, parameterStatus) != 'Z') {
      switch (decoded(reader)) {
        case BackendMessage.BackendKeyData given -> key = given;
        case BackendMessage.NegotiateProtocolVersion _ -> {} // what it lacks we can do without
        default -> throw unexpected(reader);
      }
    }
  }

  private void authenticate() throws IOException, PgErrorException {
    @Nullable ScramClient scram = null;
    while (true) {
      if (next(reader, parameterStatus) == 'v') {
        continue;
      }
      if (!(decoded(reader) instanceof BackendMessage.Authentication message)) {
        throw unexpected(reader);
      }
      AuthenticationRequest asked = message.request();
      switch (asked) {
        case AuthenticationRequest.Ok() -> {
          if (scram != null && !scram.isServerVerified()) {
            throw new ProtocolException("the server has not proved that it knows the password");
          }
          return;
        }
        case AuthenticationRequest.CleartextPassword() -> answer(settings.password() + '\0');
        case AuthenticationRequest.Sasl(List<String> mechanisms) -> {
          scram = begin(mechanisms);
          saslInitial(scram);
        }
        case AuthenticationRequest.SaslContinue(ByteBuffer data) ->
            answer(begun(scram).clientFinal(text(data)));
        case AuthenticationRequest.SaslFinal(ByteBuffer data) ->
            begun(scram).verifyServerFinal(text(data));
        case AuthenticationRequest.KerberosV5 _,
            AuthenticationRequest.Md5Password _,
            AuthenticationRequest.Gss _,
            AuthenticationRequest.GssContinue _,
            AuthenticationRequest.Sspi _ ->
            throw new ProtocolException(
                "the server wants authentication method "
                    + asked.getClass().getSimpleName()
                    + ", which is not supported");
      }
    }
  }

  private ScramClient begin(List<String> mechanisms) throws ProtocolException {
    Optional<byte[]> hash =
        Optional.ofNullable(tls).flatMap(channel -> ChannelBinding.ofClient(channel.session()));
    ScramClient.ChannelChoice choice;
    if (hash.isPresent() && mechanisms.contains(ScramClient.PLUS_MECHANISM)) {
      choice = new ScramClient.ChannelChoice.Bound(ByteBuffer.wrap(hash.get()));
    } else if (mechanisms.contains(ScramClient.MECHANISM)) {
      choice =
          hash.isPresent()
              ? new ScramClient.ChannelChoice.NotOffered()
              : new ScramClient.ChannelChoice.Unable();
    } else {
      throw new ProtocolException("the server offers none but " + mechanisms);
    }
    return new ScramClient(settings.password(), ScramClient.nonce(RANDOM), choice);
  }

  private static ScramClient begun(@Nullable ScramClient scram) throws ProtocolException {
    if (scram == null) {
      throw new ProtocolException("a SCRAM message before SCRAM has begun");
    }
    return scram;
  }

  private void saslInitial(ScramClient scram) throws IOException {
    byte[] data = scram.clientFirst().getBytes(StandardCharsets.UTF_8);
    writer.begin('p');
    writer.putCstring(scram.mechanism());
    writer.putInt(data.length);
    writer.putBytes(data);
    writer.end();
    writer.flush();
  }

  private void answer(String text) throws IOException {
    writer.put(
        new FrontendMessage.AuthenticationResponse(
            ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
    writer.flush();
  }

  private static String text(ByteBuffer data) {
    return StandardCharsets.UTF_8.decode(data).toString();
  }

  private static BackendMessage decoded(MessageReader reader) throws ProtocolException {
    try {
      return BackendMessage.decode(reader.tag(), reader.body());
    } catch (ProtocolErrorException e) {
      throw new ProtocolException(e);
    }
  }

  /// The next message that is not an asynchronous one.
  ///
  /// @param parameterStatus takes what the server reports
  /// @throws PgErrorException an ErrorResponse
  static byte next(MessageReader reader, Map<String, String> parameterStatus)
      throws IOException, PgErrorException {
    while (true) {
      if (!reader.next()) {
        throw new EOFException("the server closed the connection");
      }
      switch (reader.tag()) {
        case 'N', 'A' -> {}
        case 'S' -> {
          if (decoded(reader)
              instanceof BackendMessage.ParameterStatus(String name, String value)) {
            parameterStatus.put(name, value);
          }
        }
        case 'E' -> throw new PgErrorException(PgError.decode(reader.body()));
        default -> {
          return reader.tag();
        }
      }
    }
  }

  static ProtocolException unexpected(MessageReader reader) {
    return new ProtocolException(
        "unexpected message " + MessageSet.printable(reader.tag()) + " from the server");
  }
}
