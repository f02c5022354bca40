package dev.argon.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.spec.ComputeSpec;
import dev.argon.compute.spec.SpecDocument;
import dev.argon.node.HostPort;
import dev.argon.node.JsonCodec;
import dev.argon.pgwire.PgServer;
import dev.argon.pgwire.PgServerSettings;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.ServerParameters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpstreamWatchTest {

  private static final Lsn RECEIVED = Lsn.parse("0/3000000");

  private static final ServerParameters PRIMARY =
      new ServerParameters(1, false, 100, 8, 10, 0, 64, false);

  private final List<PgServer> safekeepers = new ArrayList<>();
  private final List<HostPort> addresses = new ArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final BlockingQueue<HostPort> preferred = new LinkedBlockingQueue<>();

  @TempDir Path directory;

  @AfterEach
  void close() throws Exception {
    for (PgServer safekeeper : safekeepers) {
      safekeeper.close();
    }
  }

  /// One that says that so much is committed.
  private HostPort safekeeper(String commitLsn) throws Exception {
    PgServer server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            PgServerSettings.storage("safekeeper"),
            (connection, text) -> {
              assertThat(text).isEqualTo("IDENTIFY_SYSTEM");
              asked.incrementAndGet();
              connection.rowDescription("systemid", "timeline", "xlogpos", "dbname");
              connection.dataRow("1", "1", commitLsn, null);
              connection.commandComplete("IDENTIFY_SYSTEM");
            });
    safekeepers.add(server);
    HostPort address = new HostPort("127.0.0.1", server.port());
    addresses.add(address);
    return address;
  }

  private Upstream upstream(String needed) throws Exception {
    return Upstream.of(spec(), PRIMARY, Lsn.parse(needed));
  }

  private ComputeSpec spec() throws Exception {
    String strings = addresses.stream().map(at -> '"' + at.toString() + '"').toList().toString();
    return ComputeSpec.of(
        JsonCodec.fromText(
            """
            {"tenant_id": "aa010203040506070809101112131415",
             "timeline_id": "bb010203040506070809101112131415", "mode": "Replica",
             "pageserver_connstring": "127.0.0.1:1", "safekeeper_connstrings": %s,
             "directory": "%s", "pg_address": "127.0.0.1:2", "http_address": "127.0.0.1:3",
             "postgres_bin": "/bin", "extension_library": "/neon", "superuser": "argon",
             "pg_version": 15}
            """
                .formatted(strings, directory),
            SpecDocument.class));
  }

  private UpstreamWatch watch() throws Exception {
    return watch(Optional.of(new ReplicaProgress(RECEIVED, RECEIVED)));
  }

  private UpstreamWatch watch(Optional<ReplicaProgress> progress) throws Exception {
    UpstreamWatch watch =
        new UpstreamWatch(
            new SafekeeperPositions(spec()),
            upstream(RECEIVED.toString()),
            () -> progress,
            preferred::add);
    watch.start();
    return watch;
  }

  /// §17.
  @Test
  void safekeeperThatHasMoreIsPreferred() throws Exception {
    HostPort _ = safekeeper("0/2FFFFF8");
    HostPort ahead = safekeeper("0/3000008");

    try (UpstreamWatch _ = watch()) {
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(preferred).contains(ahead));
    }
    assertThat(preferred).containsOnly(ahead);
  }

  @Test
  void nothingChangesWhileNobodyHasMore() throws Exception {
    HostPort _ = safekeeper("0/3000000");
    HostPort _ = safekeeper("0/2000000");

    try (UpstreamWatch _ = watch()) {
      await().atMost(Duration.ofSeconds(30)).until(() -> asked.get() >= 4);
    }
    assertThat(preferred).isEmpty();
  }

  @Test
  void serverThatHasNothingToBeginWithIsGivenOneThatHas() throws Exception {
    HostPort _ = safekeeper("0/2FFFFF8");
    HostPort enough = safekeeper(RECEIVED.toString());

    try (UpstreamWatch _ = watch(Optional.empty())) {
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(preferred).contains(enough));
    }
    assertThat(preferred).containsOnly(enough);
  }

  @Test
  void whatIsLocalIsNotWaitedFor() throws Exception {
    HostPort _ = safekeeper(RECEIVED.toString());

    try (UpstreamWatch _ =
        watch(Optional.of(new ReplicaProgress(RECEIVED, Lsn.parse("0/2000000"))))) {
      await().atMost(Duration.ofSeconds(30)).until(() -> asked.get() >= 3);
    }
    assertThat(preferred).isEmpty();
  }

  @Test
  void firstChoiceHasWhatIsNeededIfAnybodyHas() throws Exception {
    HostPort behind = safekeeper("0/2FFFFF8");
    HostPort alsoBehind = safekeeper("0/2000000");
    HostPort enough = safekeeper(RECEIVED.toString());
    Upstream upstream = upstream(RECEIVED.toString());
    Upstream impossible = upstream("0/4000000");

    upstream.choose(new SafekeeperPositions(spec()));
    impossible.choose(new SafekeeperPositions(spec()));

    assertThat(upstream.safekeepers().getFirst()).isEqualTo(enough);
    assertThat(upstream.safekeepers()).containsExactlyInAnyOrder(behind, alsoBehind, enough);
    assertThat(impossible.safekeepers())
        .containsExactlyInAnyOrder(behind, alsoBehind, enough)
        .doesNotHaveDuplicates();
  }

  /// PostgreSQL connects anew only if the text differs, and it need not read from the first.
  @Test
  void everyPreferenceIsAnotherSettingAlsoOfTheFirst() throws Exception {
    HostPort first = safekeeper("0/1");
    HostPort _ = safekeeper("0/1");
    Upstream upstream = upstream("0/1");
    Set<String> settings = new HashSet<>();
    settings.add(upstream.settings().get("primary_conninfo"));

    for (int i = 0; i < 3; i++) {
      assertThat(upstream.prefer(first)).isTrue();
      settings.add(upstream.settings().get("primary_conninfo"));
    }
    assertThat(upstream.prefer(new HostPort("127.0.0.1", 1))).isFalse();
    settings.add(upstream.settings().get("primary_conninfo"));

    assertThat(settings).hasSize(4).allMatch(text -> text.contains("application_name='replica"));
  }
}
