package dev.argon.pageserver;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import dev.argon.pageserver.timeline.Membership;
import dev.argon.postgres.Lsn;
import dev.argon.safekeeper.Safekeeper;
import dev.argon.safekeeper.SafekeeperConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/// A safekeeper in this process that evicts idle timelines at once, and a relay before it.
final class RealSafekeeper implements AutoCloseable {

  private final int node;
  private final Safekeeper safekeeper;
  private final Relay relay;

  private RealSafekeeper(int node, Safekeeper safekeeper, Relay relay) {
    this.node = node;
    this.safekeeper = safekeeper;
    this.relay = relay;
  }

  static RealSafekeeper start(int node, Path root) throws Exception {
    SafekeeperConfig config =
        new SafekeeperConfig(
            node,
            root.resolve("safekeeper-" + node).toString(),
            "127.0.0.1:0",
            "127.0.0.1:0",
            root.resolve("objects").toString(),
            null,
            new SafekeeperConfig.Archive(1L, 1L, -1L),
            null,
            null);
    Safekeeper safekeeper =
        Safekeeper.start(
            config,
            (reason, cause) -> {
              throw new AssertionError(reason, cause);
            });
    return new RealSafekeeper(node, safekeeper, new Relay(address(safekeeper, "pg")));
  }

  private static HostPort address(Safekeeper safekeeper, String purpose) {
    return HostPort.parse(String.valueOf(safekeeper.addresses().get(purpose)));
  }

  HostPort pg() {
    return address(safekeeper, "pg");
  }

  Relay relay() {
    return relay;
  }

  /// As a pageserver is told of it: it connects through the relay.
  Membership.Member member() {
    return new Membership.Member(node, "127.0.0.1", relay.port());
  }

  private HttpJsonClient http() {
    return new HttpJsonClient(address(safekeeper, "http"));
  }

  private static String path(TenantId tenant, TimelineId timeline) {
    return "/v1/tenant/" + tenant + "/timeline/" + timeline;
  }

  /// Makes a timeline that this safekeeper alone keeps.
  void create(TenantId tenant, TimelineId timeline, long systemId, Lsn start) throws Exception {
    String body =
        String.format(
            Locale.ROOT,
            "{\"start_lsn\":\"%s\",\"pg_version\":150020,\"system_id\":%d,"
                + "\"wal_seg_size\":%d,\"generation\":1,\"members\":["
                + "{\"id\":%d,\"host\":\"127.0.0.1\",\"pg_port\":%d}]}",
            start,
            systemId,
            LoneProposer.server(systemId).walSegmentBytes(),
            node,
            pg().port());
    byte[] _ = http().send("POST", path(tenant, timeline), body.getBytes(StandardCharsets.UTF_8));
  }

  /// What it says of a timeline.
  String status(TenantId tenant, TimelineId timeline) throws Exception {
    return new String(http().getBytes(path(tenant, timeline)), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    relay.close();
    safekeeper.close();
  }
}
