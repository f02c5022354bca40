package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.process.TestDirectory;
import dev.argon.it.stack.Http;
import dev.argon.it.stack.Json;
import dev.argon.it.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Safekeepers of a stack let in who shows a token, and everybody who has to shows one.
class TokenIT {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final List<String> KEY_FILES =
      List.of("private.pem", "public.pem", "storage.token");

  private static Stack stack;
  private static ConnectionSource source;

  @BeforeAll
  static void up() throws SQLException {
    stack = new Stack("token");
    stack.up();
    source = stack.source();
    source.execute("create table t as select g from generate_series(1, 1000) g");
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  private static Path keys() {
    return stack.data().resolve("keys");
  }

  private static String http(int safekeeper) {
    return "http://127.0.0.1:" + (stack.portBase() + 2 + 2 * safekeeper);
  }

  private static int status(String method, String path, String token) {
    return Http.answer(method, http(1) + path, "", token).statusCode();
  }

  private static Command.Result psql(String password) throws IOException {
    Json spec = spec();
    return psql(password, spec.at("tenant_id").text(), spec.at("timeline_id").text());
  }

  private static Command.Result psql(String password, String tenant, String timeline) {
    String conninfo =
        "host=127.0.0.1 port=%d user=x dbname=x replication=true sslmode=disable password='%s'"
            .concat(" options='-c tenant_id=%s -c timeline_id=%s'")
            .formatted(stack.portBase() + 3, password, tenant, timeline);
    return Command.of("psql", "-X", "-A", "-t", "-w", "-c", "TIMELINE_STATUS", conninfo).run(LIMIT);
  }

  private static Path specFile() {
    RunningProcess compute = stack.jvms("ComputeMain").getFirst();
    return Path.of(compute.words().get(compute.words().indexOf("--spec") + 1));
  }

  private static Json spec() throws IOException {
    return Json.parse(Files.readString(specFile()));
  }

  /// The token that the control plane has given to the compute.
  private static String computeToken() throws IOException {
    return spec().at("storage_auth_token").text();
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static long refusals() throws IOException {
    return Files.readString(stack.data().resolve("logs").resolve("safekeeper-1.log"))
        .lines()
        .filter(line -> line.contains("28000"))
        .count();
  }

  @Test
  void whoShowsNoTokenIsRefused() throws IOException {
    assertThat(status("GET", "/v1/status", "")).isEqualTo(200);
    assertThat(status("GET", "/v1/timeline", "")).isEqualTo(401);
    assertThat(status("GET", "/v1/timeline", "x.y.z")).isEqualTo(401);
    assertThat(status("GET", "/v1/timeline", stack.storageToken())).isEqualTo(200);

    assertThat(psql(stack.storageToken()).ok().text()).contains("/");
    long before = refusals();
    Command.Result refused = psql("none");
    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.err()).contains("not a token");
    Awaitility.await("one line in the log")
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(refusals()).isEqualTo(before + 1));
  }

  @Test
  void theComputesTokenIsForItsTimelineOnly() throws IOException {
    String token = computeToken();
    String tenant = spec().at("tenant_id").text();
    String timeline = spec().at("timeline_id").text();
    String path = "/v1/tenant/" + tenant + "/timeline/" + timeline;

    assertThat(psql(token).ok().text()).contains("/");
    assertThat(psql(token, tenant, "0".repeat(32)).err()).contains("scope tenant");
    assertThat(psql(token, "0".repeat(32), timeline).err()).contains("scope tenant");
    assertThat(status("GET", "/v1/timeline", token)).isEqualTo(403);
    assertThat(status("GET", path, token)).isEqualTo(403);
    assertThat(status("POST", path + "/term_bump", token)).isEqualTo(403);
    assertThat(status("DELETE", path, token)).isEqualTo(403);
  }

  /// What all users of the machine can see, and what is handed on when something does not work.
  @Test
  void noTokenIsOnACommandLineOrInALog() throws IOException {
    List<String> tokens = List.of(stack.storageToken(), computeToken());

    for (RunningProcess process : stack.running()) {
      assertThat(String.join(" ", process.words())).doesNotContain(tokens);
      assertThat(process.environment().values()).doesNotContainAnyElementsOf(tokens);
    }
    int logs = 0;
    try (Stream<Path> files = Files.walk(stack.data())) {
      for (Path log : files.filter(file -> file.toString().endsWith(".log")).toList()) {
        assertThat(Files.readString(log)).as(log.toString()).doesNotContain(tokens);
        logs++;
      }
    }
    assertThat(logs).isGreaterThan(5);
  }

  @Test
  void nobodyElseCanReadTheKeys() throws IOException {
    assertThat(permissions(keys())).isEqualTo("rwx------");
    for (String file : KEY_FILES) {
      Path path = keys().resolve(file);
      assertThat(permissions(path)).as(file).isEqualTo("rw-------");
      assertThat(Files.getOwner(path)).isEqualTo(Files.getOwner(stack.data()));
    }
    assertThat(permissions(specFile())).isEqualTo("rw-------");
  }

  /// A directory that was made before there were keys, as far as that can be told from it: it has
  /// none, and nothing about them in the configuration files and specs, which all may read.
  @Test
  void aStackWithoutKeysGetsThemWhenAllOfItStarts() throws SQLException, IOException {
    Path spec = specFile();
    String before = stack.storageToken();
    stack.down();
    TestDirectory.delete(keys());
    List<Path> configs;
    try (Stream<Path> files = Files.walk(stack.data(), 2)) {
      configs =
          files
              .filter(file ->
                  file.toString()
                      .matches(".*/(control-plane|pageserver|safekeeper-\\d)/[a-z-]+[.]json"))
              .filter(file -> !file.endsWith("process.json"))
              .toList();
    }
    assertThat(configs).hasSize(5);
    for (Path config : configs) {
      withoutSecurity(config);
    }
    withoutSecurity(spec);

    stack.up();

    assertThat(keys()).isDirectoryContaining("glob:**/private.pem");
    assertThat(status("GET", "/v1/timeline", "")).isEqualTo(401);
    assertThat(status("GET", "/v1/timeline", before)).isEqualTo(401);
    assertThat(status("GET", "/v1/timeline", stack.storageToken())).isEqualTo(200);
    stack.awaitServer(source);
    assertThat(source.number("select count(*) from t")).isEqualTo(1000);
    source.execute("insert into t values (0)", "delete from t where g = 0");
    assertThat(permissions(spec)).isEqualTo("rw-------");
  }

  private static void withoutSecurity(Path file) throws IOException {
    Map<String, Object> fields = Json.parse(Files.readString(file)).fields();
    fields
        .keySet()
        .removeAll(List.of("security", "token_file", "token_private_key", "storage_auth_token"));
    Files.writeString(file, new Json(fields).write());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  /// Else it would let everybody in.
  @Test
  void noSafekeeperIsStartedWithoutTheKeysThatOthersHave() throws IOException {
    Path aside = stack.data().resolve("keys-aside");
    RunningProcess safekeeper = stack.jvms("SafekeeperMain").getFirst();
    RunningProcess.kill(safekeeper.pid());
    RunningProcess.awaitEnd(safekeeper.pid(), LIMIT);
    Files.move(keys(), aside);
    try {
      assertThat(stack.argon("up").err()).contains("keys is gone");
      assertThat(stack.jvms("SafekeeperMain")).hasSize(2);
    } finally {
      Files.move(aside, keys());
    }

    stack.up();

    assertThat(stack.jvms("SafekeeperMain")).hasSize(3);
  }

  @Test
  void keysStayAsTheyAre() throws IOException {
    String before = Files.readString(keys().resolve("private.pem"));

    stack.up();

    assertThat(Files.readString(keys().resolve("private.pem"))).isEqualTo(before);
  }
}
