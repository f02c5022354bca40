package dev.argon.pgwire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pgwire.tls.ClientTls;
import dev.argon.pgwire.tls.PemFiles;
import dev.argon.pgwire.tls.ServerTls;
import dev.argon.pgwire.tls.ServerTls.ClientCertificates;
import dev.argon.pgwire.tls.SslMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// TLS and authentication of our server, seen by our client, psql and pgjdbc.
@Timeout(120)
class TlsTest {

  private static final String PASSWORD = "s3cret";
  private static final ScramVerifier VERIFIER =
      ScramVerifier.generate(PASSWORD, new SecureRandom());

  @TempDir static Path directory;
  private static TestCertificates certificates;
  private static SSLContext context;

  @BeforeAll
  static void makeCertificates() throws Exception {
    certificates = TestCertificates.make(directory);
    context = contextOf("server");
  }

  private static SSLContext contextOf(String name) throws IOException {
    return PemFiles.context(
        PemFiles.identity(certificates.certificate(name), certificates.key(name)),
        PemFiles.authorities(certificates.certificate("authority")));
  }

  private static PgServerSettings settings(ServerTls tls) {
    return PgServerSettings.storage("tls").withTls(tls).withTimeouts(5_000, 20_000, 5_000);
  }

  private static PgServer start(PgServerSettings settings) throws IOException {
    return PgServer.start(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), settings, TlsTest::answer);
  }

  private static void answer(PgConnection connection, String text)
      throws IOException, PgErrorException {
    if (text.equals("echo")) {
      CopyStream stream = connection.copyBoth();
      while (stream.receive()) {
        stream.writer().copyData(stream.payload());
      }
      stream.done();
      connection.commandComplete("COPY");
    } else if (text.startsWith("SET")) {
      connection.commandComplete("SET");
    } else {
      connection.rowDescription("tls");
      connection.dataRow(connection.isEncrypted() ? "encrypted" : "plain");
      connection.commandComplete("SELECT 1");
    }
  }

  private static PgClientSettings client(PgServer server, ClientTls tls) throws IOException {
    InetSocketAddress address = InetSocketAddress.createUnresolved("localhost", server.port());
    return PgClientSettings.of(address, "admin", "d")
        .withPassword(PASSWORD)
        .withTimeouts(10_000, 20_000, 5_000)
        .withTls(tls);
  }

  private static String seen(PgClientSettings settings) throws IOException, PgErrorException {
    try (PgClient client = PgClient.connect(settings)) {
      String answer = String.valueOf(client.query("how").single());
      assertThat(client.isEncrypted()).isEqualTo(answer.equals("encrypted"));
      client.terminate();
      return answer;
    }
  }

  private static ClientTls tls(SslMode mode) throws IOException {
    return ClientTls.of(mode).withAuthorities(certificates.certificate("authority"));
  }

  @Test
  @DisplayName("BE-6: each sslmode of the client against a server with, without and only with TLS")
  void modesMeet() throws Exception {
    try (PgServer offered = start(settings(ServerTls.offered(() -> context)));
        PgServer off = start(settings(ServerTls.off()));
        PgServer required = start(settings(ServerTls.required(() -> context)))) {
      for (SslMode mode : SslMode.values()) {
        boolean plain = mode == SslMode.DISABLE;
        assertThat(seen(client(offered, tls(mode)))).isEqualTo(plain ? "plain" : "encrypted");
        if (plain) {
          assertThatThrownBy(() -> seen(client(required, tls(mode))))
              .hasMessageContaining("28000")
              .hasMessageContaining("encrypted connections only");
        } else {
          assertThat(seen(client(required, tls(mode)))).isEqualTo("encrypted");
          assertThat(seen(client(required, tls(mode).withDirect()))).isEqualTo("encrypted");
        }
        if (plain || mode == SslMode.PREFER) {
          assertThat(seen(client(off, tls(mode)))).isEqualTo("plain");
        } else {
          assertThatThrownBy(() -> seen(client(off, tls(mode)))).isInstanceOf(SSLException.class);
        }
      }
    }
  }

  @Test
  @DisplayName("BE-6: verify-ca and verify-full refuse strangers, verify-full another host's name")
  void certificatesAreVerified() throws Exception {
    SSLContext elsewhere = contextOf("elsewhere");
    try (PgServer here = start(settings(ServerTls.offered(() -> context)));
        PgServer there = start(settings(ServerTls.offered(() -> elsewhere)))) {
      for (SslMode mode : List.of(SslMode.VERIFY_CA, SslMode.VERIFY_FULL)) {
        ClientTls distrust =
            ClientTls.of(mode).withAuthorities(certificates.certificate("stranger"));
        assertThatThrownBy(() -> seen(client(here, distrust))).isInstanceOf(SSLException.class);
      }
      assertThat(seen(client(there, tls(SslMode.VERIFY_CA)))).isEqualTo("encrypted");
      assertThatThrownBy(() -> seen(client(there, tls(SslMode.VERIFY_FULL))))
          .isInstanceOf(SSLException.class);
    }
  }

  @Test
  void aClientsCertificateSaysWhoItIs() throws Exception {
    ServerTls asking = new ServerTls.On(() -> context, true, ClientCertificates.REQUESTED);
    ServerTls demanding = new ServerTls.On(() -> context, true, ClientCertificates.REQUIRED);
    ClientTls known =
        tls(SslMode.VERIFY_FULL)
            .withIdentity(certificates.certificate("admin"), certificates.key("admin"));
    ClientTls unknown =
        tls(SslMode.VERIFY_FULL)
            .withIdentity(certificates.certificate("stranger"), certificates.key("stranger"));
    ClientTls other =
        tls(SslMode.VERIFY_FULL)
            .withIdentity(certificates.certificate("server"), certificates.key("server"));
    try (PgServer certificate =
            start(settings(asking).withAuthentication(Authentication.certificateOfUser()));
        PgServer trusting = start(settings(demanding))) {
      assertThat(seen(client(certificate, known))).isEqualTo("encrypted");
      assertThatThrownBy(() -> seen(client(certificate, tls(SslMode.REQUIRE))))
          .hasMessageContaining("28000")
          .hasMessageContaining("client certificate");
      assertThatThrownBy(() -> seen(client(certificate, other)))
          .hasMessageContaining("failed for user \"admin\"");
      assertThat(seen(client(trusting, known))).isEqualTo("encrypted");
      assertThatThrownBy(() -> seen(client(trusting, unknown))).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> seen(client(trusting, tls(SslMode.REQUIRE))))
          .isInstanceOf(IOException.class);
    }
  }

  private static PgServerSettings scram(ServerTls tls) {
    return settings(tls)
        .withAuthentication(
            Authentication.scram(
                user -> user.equals("admin") ? Optional.of(VERIFIER) : Optional.empty()));
  }

  @Test
  void scramLetsInWithThePasswordOnlyPlainAndBound() throws Exception {
    try (PgServer server = start(scram(ServerTls.offered(() -> context)))) {
      for (SslMode mode : List.of(SslMode.DISABLE, SslMode.VERIFY_FULL)) {
        PgClientSettings right = client(server, tls(mode));
        assertThat(seen(right)).isNotEmpty();
        assertThatThrownBy(() -> seen(right.withPassword("wrong"))).hasMessageContaining("28P01");
      }
      PgClientSettings nobody =
          PgClientSettings.of(server.address(), "nobody", "d").withPassword(PASSWORD);
      assertThatThrownBy(() -> seen(nobody)).hasMessageContaining("28P01");
    }
  }

  @Test
  @DisplayName("BE-3: the halves of an encrypted connection work in two threads at a time")
  void copyBothGoesBothWaysEncrypted() throws Exception {
    try (PgServer server = start(settings(ServerTls.required(() -> context)));
        PgClient client = PgClient.connect(client(server, tls(SslMode.VERIFY_FULL)))) {
      CopyStream stream = client.copyBoth("echo");
      CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> sendAll(stream));
      for (int i = 0; i < 400; i++) {
        assertThat(stream.receive()).isTrue();
        assertThat(stream.payload()).isEqualTo(payload(i));
      }
      sending.join();
      assertThat(stream.receive()).isFalse();
      client.finishCopy();
      assertThat(client.query("how").single()).isEqualTo("encrypted");
    }
  }

  private static ByteBuffer payload(int number) {
    byte[] bytes = new byte[number % 10 == 0 ? 100_000 : number * 7];
    new SplittableRandom(number).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  private static void sendAll(CopyStream stream) {
    try {
      for (int i = 0; i < 400; i++) {
        ByteBuffer payload = payload(i);
        int half = payload.limit() / 2;
        stream
            .writer()
            .copyData(payload.slice(0, half), payload.slice(half, payload.limit() - half));
      }
      stream.done();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  @DisplayName("BE-6: direct TLS without the application protocol is refused")
  void directTlsNeedsItsProtocolName() throws Exception {
    ClientTls any = ClientTls.of(SslMode.REQUIRE);
    SSLContext trusting =
        PemFiles.context(
            any.identity(), PemFiles.authorities(certificates.certificate("authority")));
    try (PgServer server = start(settings(ServerTls.offered(() -> context)));
        SSLSocket socket =
            (SSLSocket) trusting.getSocketFactory().createSocket("localhost", server.port())) {
      socket.setSoTimeout(20_000);
      socket.startHandshake();
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(answer).contains("C08P01").contains("application protocol");
    }
  }

  @Test
  @DisplayName("BE-6: a TLS handshake that is not gone on with ends with start-up's limit")
  void aHalfHandshakeIsEnded() throws Exception {
    PgServerSettings impatient =
        settings(ServerTls.offered(() -> context)).withTimeouts(500, 20_000, 5_000);
    try (PgServer server = start(impatient);
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(new byte[] {0x16, 3, 1, 2, 0, 1, 0});
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  private static String psql(PgServer server, String parameters, boolean succeeds)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            "/usr/lib/postgresql/15/bin/psql",
            "-XAt",
            "-d",
            "host=localhost port=" + server.port() + " user=admin dbname=d " + parameters,
            "-c",
            "how");
    builder.environment().put("PGPASSWORD", PASSWORD);
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    assertThat(process.waitFor() == 0).as(output).isEqualTo(succeeds);
    return output;
  }

  @Test
  @DisplayName("BE-6: psql connects with each sslmode, with SCRAM, bound to the channel and not")
  void stockPsqlConnects() throws Exception {
    String root = " sslrootcert=" + certificates.certificate("authority");
    try (PgServer offered = start(scram(ServerTls.offered(() -> context)));
        PgServer off = start(settings(ServerTls.off()));
        PgServer required = start(scram(ServerTls.required(() -> context)))) {
      assertThat(psql(offered, "sslmode=disable", true)).isEqualTo("plain");
      assertThat(psql(offered, "sslmode=prefer", true)).isEqualTo("encrypted");
      assertThat(psql(off, "sslmode=prefer", true)).isEqualTo("plain");
      assertThat(psql(off, "sslmode=require", false)).contains("server does not support SSL");
      assertThat(psql(required, "sslmode=require channel_binding=require", true))
          .isEqualTo("encrypted");
      assertThat(psql(required, "sslmode=verify-full channel_binding=disable" + root, true))
          .isEqualTo("encrypted");
      assertThat(psql(required, "sslmode=disable", false)).contains("encrypted connections only");
      assertThat(psql(required, "sslmode=require password=wrong", false))
          .contains("password authentication failed");
    }
  }

  @Test
  void pgjdbcConnectsEncrypted() throws Exception {
    try (PgServer server = start(scram(ServerTls.required(() -> context)))) {
      String url =
          "jdbc:postgresql://localhost:"
              + server.port()
              + "/d?user=admin&password=s3cret&sslmode=verify-full&channelBinding=require"
              + "&sslrootcert="
              + certificates.certificate("authority");
      for (String negotiation : List.of("", "&sslNegotiation=direct")) {
        try (Connection connection = DriverManager.getConnection(url + negotiation);
            Statement statement = connection.createStatement();
            ResultSet rows = statement.executeQuery("how")) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getString(1)).isEqualTo("encrypted");
        }
      }
    }
  }

  @Test
  void aTokenIsTakenInPlaceOfAPassword() throws Exception {
    record Claims(String scope) {}
    PgServerSettings tokens =
        settings(ServerTls.required(() -> context))
            .withAuthentication(
                Authentication.cleartext((connection, token) -> {
                  if (!token.startsWith("token ")) {
                    throw new PgErrorException(
                        PgError.fatal(SqlState.INVALID_PASSWORD, "no valid token"));
                  }
                  connection.attach(new Claims(token.substring(6)));
                }));
    try (PgServer server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            tokens,
            (connection, _) ->
                connection.commandComplete(
                    connection.attachment(Claims.class).map(Claims::scope).orElse("none")))) {
      PgClientSettings settings = client(server, tls(SslMode.VERIFY_FULL));
      try (PgClient client = PgClient.connect(settings.withPassword("token safekeeper"))) {
        assertThat(client.query("who").commandTag()).isEqualTo("safekeeper");
      }
      assertThatThrownBy(() -> PgClient.connect(settings)).hasMessageContaining("28P01");
    }
  }
}
