package dev.argon.pgwire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pgwire.tls.ClientTls;
import dev.argon.pgwire.tls.SslMode;
import dev.argon.postgres.server.FreePorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The client against a stock PostgreSQL server with SCRAM, TLS and certificates.
@Timeout(120)
class RealServerTest {

  private static final String BIN = "/usr/lib/postgresql/15/bin/";
  private static Path directory;
  private static TestCertificates certificates;
  private static int port;

  @BeforeAll
  static void startServer() throws Exception {
    directory = Files.createTempDirectory("pgwire");
    if (isRoot()) {
      run("chown", "postgres", directory.toString());
    }
    Path password = directory.resolve("pw");
    Files.writeString(password, "sëcret\n");
    asPostgres(
        BIN + "initdb",
        "-D",
        directory.resolve("data").toString(),
        "-U",
        "admin",
        "-A",
        "scram-sha-256",
        "--pwfile=" + password,
        "-E",
        "UTF8",
        "--no-sync",
        "--locale=C");
    certificates = TestCertificates.make(directory);
    Files.writeString(
        directory.resolve("data/pg_hba.conf"),
        """
        local all all scram-sha-256
        local replication all scram-sha-256
        hostssl all by_certificate all cert map=certificates
        hostssl all all all scram-sha-256
        """);
    Files.writeString(
        directory.resolve("data/pg_ident.conf"), "certificates admin by_certificate\n");
    if (isRoot()) {
      run("chown", "postgres", certificates.key("server").toString());
    }
    port = FreePorts.block(1);
    asPostgres(
        BIN + "pg_ctl",
        "-D",
        directory.resolve("data").toString(),
        "-w",
        "-l",
        directory.resolve("log").toString(),
        "-o",
        "-c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories=%s -c fsync=off"
                .formatted(port, directory)
            + " -c ssl=on -c ssl_cert_file=%s -c ssl_key_file=%s -c ssl_ca_file=%s"
                .formatted(
                    certificates.certificate("server"),
                    certificates.key("server"),
                    certificates.certificate("authority")),
        "start");
  }

  @AfterAll
  static void stopServer() throws Exception {
    asPostgres(
        BIN + "pg_ctl", "-D", directory.resolve("data").toString(), "-m", "immediate", "stop");
    run("rm", "-rf", directory.toString());
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static void asPostgres(String... command) throws Exception {
    List<String> words = new ArrayList<>();
    if (isRoot()) {
      words.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    words.addAll(List.of(command));
    run(words.toArray(String[]::new));
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("command", ".log");
    Process process =
        new ProcessBuilder(command)
            .directory(Path.of("/").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor()).as(() -> readable(output)).isZero();
    Files.delete(output);
  }

  private static String readable(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static PgClientSettings settings() {
    return PgClientSettings.of(
            UnixDomainSocketAddress.of(directory.resolve(".s.PGSQL." + port)), "admin", "postgres")
        .withPassword("sëcret")
        .withTimeouts(10_000, 30_000, 10_000);
  }

  @Test
  void scramLetsInWithThePasswordOnly() throws Exception {
    try (PgClient client = PgClient.connect(settings())) {
      QueryResult result = client.query("select 1 as a, null as b; select 2 as c, 'ä' as d");
      assertThat(result.columns()).containsExactly("c", "d");
      assertThat(result.rows()).containsExactly(List.of("2", "ä"));
      assertThat(client.parameterStatus("server_version")).startsWith("15.");
      String stored = client.query("select rolpassword from pg_authid where oid = 10").single();
      assertThat(ScramVerifier.parse(String.valueOf(stored)).matches("sëcret")).isTrue();
      assertThatThrownBy(() -> client.query("select 1/0"))
          .isInstanceOfSatisfying(
              PgErrorException.class, e -> assertThat(e.sqlState()).isEqualTo("22012"));
      assertThat(client.query("select 3").single()).isEqualTo("3");
    }
    assertThatThrownBy(() -> PgClient.connect(settings().withPassword("other")))
        .isInstanceOfSatisfying(
            PgErrorException.class, e -> assertThat(e.sqlState()).isEqualTo("28P01"));
  }

  @Test
  void aVerifierOfOursIsTakenByTheServer() throws Exception {
    ScramVerifier verifier =
        ScramVerifier.generate("other password", new java.security.SecureRandom());
    try (PgClient client = PgClient.connect(settings())) {
      client.query("create role second login password '" + verifier + "'");
    }
    PgClientSettings second =
        PgClientSettings.of(settings().address(), "second", "postgres")
            .withPassword("other password");
    try (PgClient client = PgClient.connect(second)) {
      assertThat(client.query("select current_user").single()).isEqualTo("second");
    }
  }

  @Test
  void walIsStreamedOverCopyBoth() throws Exception {
    try (PgClient client = PgClient.connect(settings());
        PgClient walsender = PgClient.connect(settings().withReplication())) {
      String start = String.valueOf(client.query("select pg_current_wal_flush_lsn()").single());
      assertThat(walsender.query("IDENTIFY_SYSTEM").columns()).contains("systemid", "xlogpos");
      CopyStream stream = walsender.copyBoth("START_REPLICATION PHYSICAL " + start);
      client.query("select pg_logical_emit_message(true, 'test', 'a text to look for')");

      boolean found = false;
      while (!found) {
        assertThat(stream.receive()).isTrue();
        byte[] payload = new byte[stream.payload().remaining()];
        stream.payload().get(payload);
        found =
            new String(payload, java.nio.charset.StandardCharsets.ISO_8859_1)
                .contains("a text to look for");
      }
      stream.done();
      while (stream.receive()) {}
      walsender.finishCopy();
      assertThat(walsender.query("SHOW wal_segment_size").single()).isEqualTo("16MB");
    }
  }

  private static PgClientSettings overTcp(ClientTls tls) {
    return new PgClientSettings(
        InetSocketAddress.createUnresolved("localhost", port),
        settings().user(),
        settings().database(),
        settings().password(),
        settings().parameters(),
        tls,
        settings().limits());
  }

  private static ClientTls tls(SslMode mode) throws IOException {
    return ClientTls.of(mode).withAuthorities(certificates.certificate("authority"));
  }

  @Test
  void tlsIsSpokenWithEachModeAndScramIsBoundToIt() throws Exception {
    for (SslMode mode :
        List.of(SslMode.PREFER, SslMode.REQUIRE, SslMode.VERIFY_CA, SslMode.VERIFY_FULL)) {
      try (PgClient client = PgClient.connect(overTcp(tls(mode)))) {
        assertThat(client.isEncrypted()).isTrue();
        assertThat(
                client
                    .query("select ssl, version from pg_stat_ssl where pid = pg_backend_pid()")
                    .rows())
            .containsExactly(List.of("t", "TLSv1.3"));
      }
    }
    assertThatThrownBy(() -> PgClient.connect(overTcp(ClientTls.disabled())))
        .isInstanceOfSatisfying(
            PgErrorException.class, e -> assertThat(e.sqlState()).isEqualTo("28000"));
    assertThatThrownBy(() ->
            PgClient.connect(
                overTcp(
                    ClientTls.of(SslMode.VERIFY_CA)
                        .withAuthorities(certificates.certificate("stranger")))))
        .isInstanceOf(SSLException.class);
  }

  @Test
  void aCertificateLetsInWithoutAPassword() throws Exception {
    try (PgClient client = PgClient.connect(settings())) {
      client.query("create role by_certificate login");
    }
    ClientTls without = tls(SslMode.VERIFY_FULL);
    ClientTls with =
        without.withIdentity(certificates.certificate("admin"), certificates.key("admin"));
    PgClientSettings asked =
        PgClientSettings.of(overTcp(with).address(), "by_certificate", "postgres");
    try (PgClient client = PgClient.connect(asked.withTls(with))) {
      assertThat(client.query("select current_user").single()).isEqualTo("by_certificate");
    }
    assertThatThrownBy(() -> PgClient.connect(asked.withTls(without)))
        .isInstanceOfSatisfying(
            PgErrorException.class, e -> assertThat(e.sqlState()).isEqualTo("28000"));
  }

  @Test
  void aQueryIsCancelledWithKeysOfEachProtocol() throws Exception {
    for (int minor : new int[] {0, 2}) {
      PgClientSettings asked = overTcp(tls(SslMode.REQUIRE)).withProtocolMinor(minor);
      try (PgClient client = PgClient.connect(asked)) {
        Thread canceller =
            Thread.ofVirtual()
                .start(() -> {
                  try (PgClient other = PgClient.connect(settings())) {
                    String waiting =
                        "select count(*) from pg_stat_activity where query ~ '^select pg_sleep'";
                    while (!"1".equals(other.query(waiting).single())) {
                      Thread.onSpinWait();
                    }
                    client.cancel();
                  } catch (IOException | PgErrorException e) {
                    throw new IllegalStateException(e);
                  }
                });
        assertThatThrownBy(() -> client.query("select pg_sleep(60)"))
            .isInstanceOfSatisfying(
                PgErrorException.class, e -> assertThat(e.sqlState()).isEqualTo("57014"));
        canceller.join();
        assertThat(client.query("select 1").single()).isEqualTo("1");
      }
    }
  }

  @Test
  void copyFromStdinTakesWhatIsSent() throws Exception {
    try (PgClient client = PgClient.connect(overTcp(tls(SslMode.REQUIRE)))) {
      client.query("create temp table t (a int)");
      CopyStream stream = client.copyIn("copy t from stdin");
      for (int i = 1; i <= 1000; i++) {
        stream.writer().copyData(ByteBuffer.wrap((i + "\n").getBytes(UTF_8)));
      }
      stream.done();
      client.finishCopy();
      assertThat(client.query("select sum(a) from t").single()).isEqualTo("500500");
    }
  }

  @Test
  void copyToStdoutEndsAndTheConnectionGoesOn() throws Exception {
    try (PgClient client = PgClient.connect(settings())) {
      CopyStream stream = client.copyOut("copy (select generate_series(1, 1000)) to stdout");
      int rows = 0;
      while (stream.receive()) {
        rows++;
      }
      client.finishCopy();
      assertThat(rows).isEqualTo(1000);
      assertThat(client.query("select 1").single()).isEqualTo("1");
      client.terminate();
    }
  }
}
