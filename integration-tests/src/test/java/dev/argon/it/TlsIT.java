package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.TestDirectory;
import dev.argon.it.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A stack whose safekeepers speak nothing but TLS: everybody who has to talk to them does.
class TlsIT {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String KEY_STORE = "store.p12";
  private static final String PASSWORD = "secret";

  @Test
  void aStackWorksOverTls() throws SQLException, IOException, GeneralSecurityException {
    try (Stack stack = new Stack("tls")) {
      certify(Files.createDirectories(stack.data().resolve("tls")));
      stack.up();
      ConnectionSource source = stack.source();
      source.execute("create table t as select g from generate_series(1, 10000) g");
      stack.argon("branch", "create", "other").ok();
      stack.argon("endpoint", "stop", "main").ok();
      stack.argon("endpoint", "start", "main").ok();

      assertThat(source.number("select count(*) from t")).isEqualTo(10_000);
      assertThat(stack.processes()).allMatch(process -> process.health().equals("ok"));
      assertThat(psql(stack, "require").err()).contains("options");
      assertThat(psql(stack, "disable").err()).contains("encrypted connections only");
    }
  }

  /// With a good token but without naming a timeline.
  private static Command.Result psql(Stack stack, String sslMode) {
    String conninfo =
        "host=127.0.0.1 port=%d user=x dbname=x replication=true sslmode=%s password=%s"
            .formatted(stack.portBase() + 3, sslMode, stack.storageToken());
    return Command.of("psql", "-X", "-w", "-c", "TIMELINE_STATUS", conninfo).run(LIMIT);
  }

  /// A certificate for 127.0.0.1 that is its own authority.
  private static void certify(Path directory) throws IOException, GeneralSecurityException {
    keytool(directory, "-genkeypair", "-keyalg", "EC", "-validity", "2", "-dname", "CN=safekeeper")
        .ok();
    keytool(
            directory,
            "-exportcert",
            "-rfc",
            "-file",
            directory.resolve("certificate.pem").toString())
        .ok();
    Files.copy(directory.resolve("certificate.pem"), directory.resolve("authorities.pem"));
    Path store = directory.resolve(KEY_STORE);
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    Files.writeString(
        directory.resolve("private.pem"),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder()
                .encodeToString(keys.getKey("a", PASSWORD.toCharArray()).getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
    Files.delete(store);
    TestDirectory.giveToPostgres(directory);
  }

  private static Command.Result keytool(Path directory, String... words) {
    List<String> all = new ArrayList<>();
    all.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    all.addAll(Arrays.asList(words));
    all.addAll(List.of("-alias", "a", "-keystore", KEY_STORE, "-storepass", PASSWORD));
    if (words[0].equals("-genkeypair")) {
      all.addAll(List.of("-ext", "SAN=IP:127.0.0.1"));
    }
    return new Command(all, java.util.Map.of(), directory).run(LIMIT);
  }
}
