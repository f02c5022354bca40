package dev.argon.it.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Http;
import dev.argon.it.stack.Json;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.StackProcess;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// A timeline whose endpoint sleeps costs no connection and no WAL on the safekeepers' disks, and
/// wakes up with its endpoint.
class IdleTimelineIT {

  private static final int SAFEKEEPERS = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @Test
  void anIdleTimelineIsEvictedAndWakesUp() throws SQLException, IOException {
    try (Stack stack = new Stack("idle")) {
      stack.up();
      for (int number = 1; number <= SAFEKEEPERS; number++) {
        evictAtOnce(stack, number);
      }
      ConnectionSource source = stack.source();
      source.execute("create table t as select g from generate_series(1, 1000) g");
      fallAsleep(stack);

      stack.argon("endpoint", "start", "main").ok();
      assertThat(source.number("select count(*) from t")).isEqualTo(1000);
      source.execute("insert into t select g from generate_series(1001, 2000) g");
      awaitIngested(stack, source.string("select pg_current_wal_flush_lsn()"));
      assertThat(walSource(stack)).startsWith("safekeeper ");

      RunningProcess before = OwnSafekeeper.find(stack, 1);
      RunningProcess.kill(before.pid());
      OwnSafekeeper _ = OwnSafekeeper.start(stack, 1, before, Map.of());
      awaitStarted(stack, 1);
      awaitSubscriptions(stack);
      source.execute("insert into t select g from generate_series(2001, 3000) g");
      fallAsleep(stack);

      stack.argon("endpoint", "start", "main").ok();
      assertThat(source.number("select count(*) from t")).isEqualTo(3000);
    }
  }

  /// Starts a safekeeper anew with a configuration that makes it evict what is idle.
  private static void evictAtOnce(Stack stack, int number) throws IOException {
    Path file = stack.data().resolve("safekeeper-" + number).resolve("safekeeper.json");
    Map<String, Object> settings = new LinkedHashMap<>(Json.parse(Files.readString(file)).fields());
    settings.put("archive", Map.of("partial_idle_millis", 1, "eviction_idle_millis", 1));
    Files.writeString(file, new Json(settings).write());
    OwnSafekeeper _ = OwnSafekeeper.replace(stack, number, Map.of());
    awaitStarted(stack, number);
  }

  /// As long as it is only starting the status does not know it.
  private static void awaitStarted(Stack stack, int number) {
    String name = "safekeeper-" + number;
    Awaitility.await(name)
        .atMost(PATIENCE)
        .until(() ->
            stack.processes("safekeeper").stream()
                .anyMatch(process -> process.name().equals(name) && process.health().equals("ok")));
  }

  private static void fallAsleep(Stack stack) {
    stack.argon("endpoint", "stop", "main").ok();
    String checkpoint = timeline(stack, "pageserver") + "/checkpoint";
    List<String> timelines =
        IntStream.rangeClosed(1, SAFEKEEPERS)
            .mapToObj(number -> timeline(stack, "safekeeper-" + number))
            .toList();
    Awaitility.await("eviction by all safekeepers")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> {
          Http.send("POST", checkpoint, ""); // what was ingested since the last one
          for (String path : timelines) {
            assertThat(Http.send("GET", path, ""))
                .contains("\"residency\":\"evicted\"")
                .contains("\"walsenders\":[]");
          }
        });
    assertThat(walSource(stack)).isEmpty();
    assertThat(stack.process("pageserver").health()).isEqualTo("ok");
  }

  /// The pageserver's and those of the two others.
  private static void awaitSubscriptions(Stack stack) {
    String path = http(stack, "safekeeper-1") + "/metrics";
    Awaitility.await("subscriptions of safekeeper 1")
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(Http.send("GET", path, "")).contains("argon_safekeeper_subscriptions 3.0"));
  }

  private static String http(Stack stack, String process) {
    return "http://" + stack.process(process).addresses().get("http");
  }

  private static String timeline(Stack stack, String process) {
    StackProcess pageserver = stack.process("pageserver");
    Json timeline = pageserver.all().at("timelines").list().getFirst();
    return http(stack, process)
        + "/v1/tenant/"
        + timeline.at("tenant_id").text()
        + "/timeline/"
        + timeline.at("timeline_id").text();
  }

  /// From whom the pageserver reads; empty if from nobody.
  private static String walSource(Stack stack) {
    return Json.parse(Http.send("GET", timeline(stack, "pageserver"), "")).at("wal_source").text();
  }

  /// Without a page being asked for.
  private static void awaitIngested(Stack stack, String lsn) {
    String path = timeline(stack, "pageserver");
    Awaitility.await("ingest of " + lsn)
        .atMost(PATIENCE)
        .until(() -> {
          String last = Json.parse(Http.send("GET", path, "")).at("last_record_lsn").text();
          return Lsn.parse(last).isAtLeast(Lsn.parse(lsn));
        });
  }
}
