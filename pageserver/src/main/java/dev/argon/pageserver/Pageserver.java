package dev.argon.pageserver;

import dev.argon.node.HostPort;
import dev.argon.node.ManagementServer;
import dev.argon.node.Metrics;
import dev.argon.node.ProcessStatus;
import dev.argon.node.Router;
import dev.argon.node.StandardRoutes;
import dev.argon.objectstore.DirectoryObjectStore;
import dev.argon.pageserver.ingest.PostgresRedo;
import dev.argon.pageserver.ingest.WalSources;
import dev.argon.pageserver.layer.BlockCache;
import dev.argon.pageserver.layer.ChunkPool;
import dev.argon.pageserver.service.PageserverQueries;
import dev.argon.pageserver.service.PageserverRoutes;
import dev.argon.pageserver.tenant.ControlPlane;
import dev.argon.pageserver.tenant.Tenants;
import dev.argon.pageserver.timeline.MemoryBudget;
import dev.argon.pageserver.timeline.PageCache;
import dev.argon.pageserver.timeline.ReadContext;
import dev.argon.pageserver.timeline.ReadStatistics;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageserver.timeline.TimelineConfig;
import dev.argon.pageserver.timeline.TimelineFactory;
import dev.argon.pgwire.PgServer;
import dev.argon.pgwire.PgServerSettings;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A running pageserver.
public final class Pageserver implements AutoCloseable {

  private static final long OPEN_LAYER_BYTES_MAX = 64L << 20;
  private static final long DELTA_FILE_BYTES = 64L << 20;
  private static final int RUNS_PER_MERGE = 8;
  private static final long MERGE_BYTES_MAX = 2L << 30;
  private static final int CHAIN_RECORDS_MAX = 100;
  private static final long CHAIN_BYTES_MAX = 32L << 10;

  /// How long a page request waits for its LSN.
  private static final long WAIT_LSN_MAX_MILLIS = 120_000;

  private static final long STARTUP_TIMEOUT_MILLIS = 10_000;

  /// A client that does not read its pages for so long is cut off. One that asks for nothing may
  /// stay.
  private static final long WRITE_TIMEOUT_MILLIS = 60_000;

  private final PageserverConfig config;
  private final Tenants tenants;
  private final PageserverQueries queries;
  private final PgServer pgServer;
  private final ManagementServer httpServer;
  private final String pgAddress;

  private Pageserver(
      PageserverConfig config,
      Tenants tenants,
      PageserverQueries queries,
      PgServer pgServer,
      Metrics metrics,
      HostPort http)
      throws IOException {
    this.config = config;
    this.tenants = tenants;
    this.queries = queries;
    this.pgServer = pgServer;
    pgAddress = HostPort.parse(config.pgAddress()).withPort(pgServer.port()).toString();
    Router router = new Router();
    new PageserverRoutes(tenants).addTo(router);
    StandardRoutes.addTo(router, this::status, metrics);
    httpServer = ManagementServer.start(http, router);
  }

  /// Opens all timelines and begins to answer.
  ///
  /// @param walSources closed with it
  /// @param fatal called when the disk has lost data: the process must end
  public static Pageserver start(PageserverConfig config, WalSources walSources, Runnable fatal)
      throws IOException {
    Path directory = Path.of(config.directory());
    ReadStatistics statistics = new ReadStatistics();
    PageCache pages = new PageCache(config.pageCacheBytes());
    BlockCache blocks = new BlockCache(config.pageCacheBytes() / 4);
    MemoryBudget budget = new MemoryBudget(config.memoryLayerBytesMax());
    TimelineConfig limits =
        new TimelineConfig(
            new ReadContext(pages, statistics, PostgresRedo::new),
            new ChunkPool(config.memoryLayerBytesMax() / 2),
            budget,
            Math.min(OPEN_LAYER_BYTES_MAX, config.memoryLayerBytesMax() / 4),
            DELTA_FILE_BYTES,
            RUNS_PER_MERGE,
            MERGE_BYTES_MAX,
            CHAIN_RECORDS_MAX,
            CHAIN_BYTES_MAX);
    DirectoryObjectStore objects = new DirectoryObjectStore(Path.of(config.objectStore()));
    ControlPlane controlPlane =
        new ControlPlane(config.controlPlane() == null ? "" : config.controlPlane());
    Tenants tenants =
        new Tenants(
            directory,
            Path.of(config.postgresBinOrDefault()),
            objects,
            new TimelineFactory(directory.resolve("tenants"), objects, blocks, limits),
            controlPlane,
            walSources,
            fatal);
    PageserverQueries queries = new PageserverQueries(tenants, WAIT_LSN_MAX_MILLIS);
    PgServer pgServer =
        PgServer.start(
            HostPort.parse(config.pgAddress()).toSocketAddress(),
            PgServerSettings.storage("page")
                .withTimeouts(STARTUP_TIMEOUT_MILLIS, 0, WRITE_TIMEOUT_MILLIS),
            queries);
    boolean started = false;
    try {
      Metrics metrics = new Metrics();
      PageserverMetrics.register(metrics, statistics, pages, blocks, budget, tenants);
      Pageserver server =
          new Pageserver(
              config, tenants, queries, pgServer, metrics, HostPort.parse(config.httpAddress()));
      tenants.load(config.nodeId());
      started = true;
      return server;
    } finally {
      if (!started) {
        pgServer.close();
        tenants.close();
      }
    }
  }

  /// Where the PostgreSQL surface listens, `host:port`.
  public String pgAddress() {
    return pgAddress;
  }

  /// Where the HTTP surface listens, `host:port`.
  public String httpAddress() {
    return httpServer.address().toString();
  }

  /// What it keeps.
  public Tenants tenants() {
    return tenants;
  }

  public Map<String, String> addresses() {
    return Map.of("pg", pgAddress(), "http", httpAddress());
  }

  private ProcessStatus status() {
    List<String> reasons = tenants.reasons();
    List<ProcessStatus.TimelineLsns> timelines = new ArrayList<>();
    for (Timeline timeline : tenants.timelines()) {
      timelines.add(
          new ProcessStatus.TimelineLsns(
              timeline.tenant().toString(),
              timeline.id().toString(),
              Map.of(
                  "last_record_lsn",
                  Lsn.toString(timeline.lastRecordLsn()),
                  "disk_consistent_lsn",
                  Lsn.toString(timeline.diskConsistentLsn()),
                  "remote_consistent_lsn",
                  Lsn.toString(timeline.remoteConsistentLsn()))));
    }
    return new ProcessStatus(
        "pageserver",
        "pageserver",
        ProcessHandle.current().pid(),
        addresses(),
        config.directory(),
        reasons.isEmpty() ? ProcessStatus.OK : ProcessStatus.DEGRADED,
        reasons,
        timelines);
  }

  @Override
  public void close() throws IOException {
    queries.stop();
    httpServer.close();
    pgServer.close();
    tenants.close();
  }
}
