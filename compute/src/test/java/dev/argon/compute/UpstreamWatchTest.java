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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpstreamWatchTest {

  private static final Lsn RECEIVED = Lsn.parse("0/3000000");

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

  private UpstreamWatch watch() throws Exception {
    String strings = addresses.stream().map(at -> '"' + at.toString() + '"').toList().toString();
    ComputeSpec spec =
        ComputeSpec.of(
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
    Upstream upstream = Upstream.of(spec, new ServerParameters(1, false, 100, 8, 10, 0, 64, false));
    UpstreamWatch watch =
        new UpstreamWatch(
            spec,
            upstream,
            () -> Optional.of(new ReplicaProgress(RECEIVED, RECEIVED)),
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
}
