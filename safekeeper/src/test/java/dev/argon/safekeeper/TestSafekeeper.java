package dev.argon.safekeeper;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.quorum.ServerIdentity;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A safekeeper in this process, on real files and sockets, and ways to talk to it.
final class TestSafekeeper implements AutoCloseable {

  static final long SYSTEM_ID = 7_123_456_789_012_345_678L;
  static final ServerIdentity SERVER = new ServerIdentity(150020, SYSTEM_ID, 1 << 20);
  static final WalLayout LAYOUT =
      new WalLayout(dev.argon.postgres.PostgresVersion.V15, 1 << 20, SYSTEM_ID);
  static final TimelineKey KEY =
      new TimelineKey(
          TenantId.parse("0123456789abcdef0123456789abcdef"),
          TimelineId.parse("fedcba9876543210fedcba9876543210"));

  private final Safekeeper safekeeper;

  private TestSafekeeper(Safekeeper safekeeper) {
    this.safekeeper = safekeeper;
  }

  static TestSafekeeper start(int node, Path root) throws Exception {
    return start(config(node, root));
  }

  /// With other limits on what it waits for.
  static TestSafekeeper start(int node, Path root, SafekeeperConfig.Timeouts timeouts)
      throws Exception {
    SafekeeperConfig usual = config(node, root);
    return start(
        new SafekeeperConfig(
            usual.nodeId(),
            usual.directory(),
            usual.pgAddress(),
            usual.httpAddress(),
            usual.objectStore(),
            usual.peers(),
            usual.archive(),
            timeouts,
            usual.security()));
  }

  private static TestSafekeeper start(SafekeeperConfig config) throws Exception {
    return new TestSafekeeper(
        Safekeeper.start(
            config,
            (reason, cause) -> {
              throw new AssertionError(reason, cause);
            }));
  }

  /// With times of its own for archiving.
  static TestSafekeeper start(int node, Path root, SafekeeperConfig.Archive archive)
      throws Exception {
    return start(config(node, root, archive, null));
  }

  /// With tokens and TLS.
  static TestSafekeeper start(int node, Path root, SafekeeperConfig.Security security)
      throws Exception {
    return start(config(node, root, null, security));
  }

  static SafekeeperConfig config(int node, Path root) {
    return config(node, root, null, null);
  }

  private static SafekeeperConfig config(
      int node,
      Path root,
      SafekeeperConfig.@Nullable Archive archive,
      SafekeeperConfig.@Nullable Security security) {
    return new SafekeeperConfig(
        node,
        directory(node, root).toString(),
        "127.0.0.1:0",
        "127.0.0.1:0",
        root.resolve("objects").toString(),
        null,
        archive,
        null,
        security);
  }

  static Path directory(int node, Path root) {
    return root.resolve("safekeeper-" + node);
  }

  static Path timelineDirectory(int node, Path root) {
    return directory(node, root)
        .resolve(KEY.tenant().toString())
        .resolve(KEY.timeline().toString());
  }

  HostPort pg() {
    return HostPort.parse(String.valueOf(safekeeper.addresses().get("pg")));
  }

  HostPort http() {
    return HostPort.parse(String.valueOf(safekeeper.addresses().get("http")));
  }

  String url(String path) {
    return "http://" + safekeeper.addresses().get("http") + path;
  }

  static String timelinePath() {
    return "/v1/tenant/" + KEY.tenant() + "/timeline/" + KEY.timeline();
  }

  /// Creates the timeline with nodes 1 to 3 as members.
  void create(Lsn start) throws Exception {
    create(KEY, start);
  }

  /// Creates a timeline with nodes 1 to 3 as members.
  void create(TimelineKey key, Lsn start) throws Exception {
    String path = "/v1/tenant/" + key.tenant() + "/timeline/" + key.timeline();
    HttpResponse<String> response = post(path, createBody(start, SYSTEM_ID));
    if (response.statusCode() != 200) {
      throw new AssertionError(response.body());
    }
  }

  static String createBody(Lsn start, long systemId) {
    return String.format(
        Locale.ROOT,
        """
        {"start_lsn": "%s", "pg_version": 150020, "system_id": %d, "wal_seg_size": 1048576,
         "generation": 1, "members": [
           {"id": 1, "host": "127.0.0.1", "pg_port": 1},
           {"id": 2, "host": "127.0.0.1", "pg_port": 2},
           {"id": 3, "host": "127.0.0.1", "pg_port": 3}]}
        """,
        start,
        systemId);
  }

  HttpResponse<String> post(String path, String body) throws Exception {
    return send(
        HttpRequest.newBuilder(URI.create(url(path)))
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  HttpResponse<String> put(String path, String body) throws Exception {
    return send(
        HttpRequest.newBuilder(URI.create(url(path)))
            .PUT(HttpRequest.BodyPublishers.ofString(body)));
  }

  HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(url(path))));
  }

  HttpResponse<String> delete(String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(url(path))).DELETE());
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  PgClientSettings client(String... moreOptions) {
    StringBuilder options = new StringBuilder("-c tenant_id=" + KEY.tenant());
    options.append(" timeline_id=").append(KEY.timeline());
    for (String option : moreOptions) {
      options.append(' ').append(option);
    }
    return PgClientSettings.of(pg().toSocketAddress(), "test", "replication")
        .with("options", options.toString())
        .withTimeouts(5_000, 10_000, 10_000);
  }

  PgClient connect(String... moreOptions) throws IOException, PgErrorException {
    return PgClient.connect(client(moreOptions));
  }

  @Override
  public void close() throws IOException {
    safekeeper.close();
  }
}
