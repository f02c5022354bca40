package dev.argon.pgwire;

import dev.argon.pgwire.message.AuthenticationRequest;
import dev.argon.pgwire.message.BackendMessage;
import dev.argon.pgwire.message.FrontendMessage;
import dev.argon.pgwire.message.FrontendMessage.SaslInitialResponse;
import dev.argon.pgwire.message.MessageSet;
import dev.argon.pgwire.message.ProtocolErrorException;
import dev.argon.pgwire.message.StartupPacket;
import dev.argon.pgwire.tls.ChannelBinding;
import dev.argon.pgwire.tls.ServerTls;
import dev.argon.pgwire.tls.TlsChannel;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;

/// The server's part of start-up: encryption requests, TLS, the startup packet, authentication, and
/// what is told to a client that was let in. The caller has set one deadline for all of it.
final class ServerStartup {

  private static final int PASSWORD_BYTES_MAX = 64 << 10;

  /// The newest minor version of protocol 3 that is spoken.
  private static final int MINOR = 2;

  private static final SecureRandom RANDOM = new SecureRandom();

  /// Makes the challenges for users that do not exist.
  private static final byte[] NOBODY_SECRET = RANDOM.generateSeed(32);

  private final PgConnection connection;
  private final PgServerSettings settings;
  private final MessageReader reader;
  private final MessageWriter writer;

  ServerStartup(
      PgConnection connection,
      PgServerSettings settings,
      MessageReader reader,
      MessageWriter writer) {
    this.connection = connection;
    this.settings = settings;
    this.reader = reader;
    this.writer = writer;
  }

  /// Runs start-up.
  ///
  /// @param full whether there are too many connections already
  /// @return false if the client left
  boolean run(boolean full) throws IOException, PgErrorException {
    if (settings.tls() instanceof ServerTls.On on && reader.beginsTls()) {
      directTls(on);
    }
    boolean tlsAsked = false;
    boolean gssAsked = false;
    while (reader.nextStartup()) {
      switch (packet()) {
        case StartupPacket.SslRequest() -> {
          if (tlsAsked || connection.isEncrypted()) {
            throw new ProtocolException("a second TLS request");
          }
          tlsAsked = true;
          answerTlsRequest();
        }
        case StartupPacket.GssRequest() -> {
          if (gssAsked || connection.isEncrypted()) {
            throw new ProtocolException("a second encryption request");
          }
          gssAsked = true;
          refuseEncryption();
        }
        case StartupPacket.Cancel _ ->
            throw new ProtocolException("a cancel request; there is nothing to cancel");
        case StartupPacket.Start start -> {
          admit(start, full);
          return true;
        }
      }
    }
    return false;
  }

  private StartupPacket packet() throws ProtocolException {
    try {
      return StartupPacket.decode(reader.body());
    } catch (ProtocolErrorException e) {
      throw new ProtocolException(e);
    }
  }

  private void answerTlsRequest() throws IOException {
    switch (settings.tls()) {
      case ServerTls.Off() -> refuseEncryption();
      case ServerTls.On on -> {
        requireNothingUnread();
        writer.putByte('S');
        writer.flush();
        connection.encrypt(on.engine(), ByteBuffer.allocate(0));
      }
    }
  }

  private void refuseEncryption() throws IOException {
    requireNothingUnread();
    writer.putByte('N');
    writer.flush();
  }

  /// Whoever sends on before the answer may have been joined by somebody in the middle, whose bytes
  /// would then count as encrypted ones.
  private void requireNothingUnread() throws ProtocolException {
    if (reader.hasUnread()) {
      throw new ProtocolException("data before the answer to an encryption request");
    }
  }

  private void directTls(ServerTls.On on) throws IOException {
    TlsChannel tls = connection.encrypt(on.engine(), reader.takeUnread());
    if (!tls.applicationProtocol().equals(ServerTls.APPLICATION_PROTOCOL)) {
      throw new ProtocolException(
          "direct TLS without the application protocol \"" + ServerTls.APPLICATION_PROTOCOL + '"');
    }
  }

  private void admit(StartupPacket.Start start, boolean full) throws IOException, PgErrorException {
    connection.begin(start.parameters());
    negotiate(start);
    if (settings.tls() instanceof ServerTls.On(_, boolean required, _)
        && required
        && !connection.isEncrypted()) {
      throw new PgErrorException(
          PgError.fatal(
              SqlState.INVALID_AUTHORIZATION, "this server takes encrypted connections only"));
    }
    if (full) {
      throw new PgErrorException(
          PgError.fatal(SqlState.TOO_MANY_CONNECTIONS, "too many connections"));
    }
    authenticate();
    writer.put(new BackendMessage.Authentication(new AuthenticationRequest.Ok()));
    for (Map.Entry<String, String> entry : settings.parameterStatus().entrySet()) {
      writer.put(new BackendMessage.ParameterStatus(entry.getKey(), entry.getValue()));
    }
  }

  private void negotiate(StartupPacket.Start start) throws IOException {
    List<String> unknown =
        start.parameters().keySet().stream().filter(name -> name.startsWith("_pq_.")).toList();
    if (start.minor() > MINOR || !unknown.isEmpty()) {
      int minor = Math.min(start.minor(), MINOR);
      writer.put(new BackendMessage.NegotiateProtocolVersion(minor, unknown));
    }
  }

  private void authenticate() throws IOException, PgErrorException {
    switch (settings.authentication()) {
      case Authentication.Trust() -> {}
      case Authentication.Cleartext(Authentication.PasswordCheck check) -> {
        ask(new AuthenticationRequest.CleartextPassword());
        check.check(connection, password());
      }
      case Authentication.Scram(Authentication.ScramSecrets secrets) -> scram(secrets);
      case Authentication.Certificate(Authentication.CertificateCheck check) ->
          check.check(connection, certificate());
    }
  }

  private X509Certificate certificate() throws PgErrorException {
    try {
      Optional<TlsChannel> tls = connection.tls();
      if (tls.isPresent()
          && tls.get().session().getPeerCertificates()[0] instanceof X509Certificate given) {
        return given;
      }
    } catch (SSLPeerUnverifiedException e) {
      throw new PgErrorException(noCertificate(), e);
    }
    throw new PgErrorException(noCertificate());
  }

  private static PgError noCertificate() {
    return PgError.fatal(
        SqlState.INVALID_AUTHORIZATION, "connection requires a valid client certificate");
  }

  private String password() throws IOException {
    try {
      return response().password();
    } catch (ProtocolErrorException e) {
      throw new ProtocolException(e);
    }
  }

  private void scram(Authentication.ScramSecrets secrets) throws IOException, PgErrorException {
    String user = connection.parameter("user");
    ScramVerifier verifier =
        secrets.verifier(user).orElseGet(() -> ScramVerifier.ofNobody(user, NOBODY_SECRET));
    ScramServer scram =
        new ScramServer(
            verifier,
            ScramClient.nonce(RANDOM),
            connection.tls().flatMap(tls -> ChannelBinding.ofServer(tls.session())));
    ask(new AuthenticationRequest.Sasl(scram.mechanisms()));
    String first;
    String mechanism;
    try {
      SaslInitialResponse initial = SaslInitialResponse.decode(response().data());
      mechanism = initial.mechanism();
      first = text(initial.data());
    } catch (ProtocolErrorException e) {
      throw new ProtocolException(e);
    }
    ask(new AuthenticationRequest.SaslContinue(bytes(scram.serverFirst(mechanism, first))));
    Optional<String> proof = scram.serverFinal(text(response().data()));
    if (proof.isEmpty()) {
      throw new PgErrorException(
          PgError.fatal(
              SqlState.INVALID_PASSWORD,
              "password authentication failed for user \"" + user + '"'));
    }
    writer.put(
        new BackendMessage.Authentication(new AuthenticationRequest.SaslFinal(bytes(proof.get()))));
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ByteBuffer data) {
    return StandardCharsets.UTF_8.decode(data).toString();
  }

  private void ask(AuthenticationRequest request) throws IOException {
    writer.put(new BackendMessage.Authentication(request));
    writer.flush();
  }

  private FrontendMessage.AuthenticationResponse response() throws IOException {
    reader.limit(PASSWORD_BYTES_MAX);
    if (!reader.next()) {
      throw new EOFException("the client left instead of authenticating");
    }
    if (reader.tag() != 'p') {
      throw new ProtocolException(
          "a password was expected, not " + MessageSet.printable(reader.tag()));
    }
    reader.limit(settings.limits().queryBytesMax());
    return new FrontendMessage.AuthenticationResponse(reader.body().slice());
  }
}
