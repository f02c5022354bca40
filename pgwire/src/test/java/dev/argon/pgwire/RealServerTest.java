package dev.argon.pgwire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The client against a stock PostgreSQL server with SCRAM.
@Timeout(120)
class RealServerTest {

  private static final String BIN = "/usr/lib/postgresql/15/bin/";
  private static Path directory;

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
    asPostgres(
        BIN + "pg_ctl",
        "-D",
        directory.resolve("data").toString(),
        "-w",
        "-l",
        directory.resolve("log").toString(),
        "-o",
        "-c listen_addresses= -c unix_socket_directories=" + directory + " -c fsync=off",
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
            UnixDomainSocketAddress.of(directory.resolve(".s.PGSQL.5432")), "admin", "postgres")
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
