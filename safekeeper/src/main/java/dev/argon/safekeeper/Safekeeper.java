package dev.argon.safekeeper;

import dev.argon.node.DirectoryLock;
import dev.argon.node.ExitException;
import dev.argon.node.HostPort;
import dev.argon.node.ManagementServer;
import dev.argon.node.Metrics;
import dev.argon.node.ProcessFile;
import dev.argon.node.ProcessStatus;
import dev.argon.node.Router;
import dev.argon.node.StandardRoutes;
import dev.argon.objectstore.DirectoryObjectStore;
import dev.argon.pgwire.PgServer;
import dev.argon.pgwire.PgServerSettings;
import dev.argon.quorum.AcceptorState;
import dev.argon.safekeeper.api.DebugRoutes;
import dev.argon.safekeeper.api.DiskWork;
import dev.argon.safekeeper.api.MembershipRoutes;
import dev.argon.safekeeper.api.TimelineRoutes;
import dev.argon.safekeeper.archive.ArchiveLoop;
import dev.argon.safekeeper.archive.WalArchive;
import dev.argon.safekeeper.peer.Hub;
import dev.argon.safekeeper.peer.Peers;
import dev.argon.safekeeper.stream.SlowSends;
import dev.argon.safekeeper.timeline.DiskSpace;
import dev.argon.safekeeper.timeline.FailStop;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.transfer.PullTimeline;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One safekeeper: its directory, its timelines and its two listening ports.
public final class Safekeeper implements AutoCloseable {

  private static final int COPY_BYTES_MAX = 4 << 20;

  private final SafekeeperConfig config;
  private final DirectoryLock lock;
  private final Timelines timelines;
  private final DiskSpace space;
  private final Housekeeper housekeeper;
  private final ArchiveLoop archiving;
  private final Peers peers;
  private final DiskWork disk = new DiskWork();
  private final PgServer pgServer;
  private final ManagementServer httpServer;

  private Safekeeper(SafekeeperConfig config, DirectoryLock lock, FailStop failStop)
      throws IOException {
    this.config = config;
    this.lock = lock;
    Path directory = config.directoryPath();
    space = new DiskSpace(directory);
    space.check();
    WalArchive archive = new WalArchive(new DirectoryObjectStore(Path.of(config.objectStore())));
    SafekeeperSecurity security = SafekeeperSecurity.of(config.securityOrNone(), Clock.systemUTC());
    Metrics metrics = new Metrics();
    SafekeeperMetrics own = new SafekeeperMetrics(metrics);
    Observers observers = new Observers(own);
    timelines =
        Timelines.open(
            config.node(),
            directory,
            new Timeline.Parts(space, failStop, observers, archive::restore),
            Clock.systemUTC());
    housekeeper = new Housekeeper(observers.newSet(), space);
    archiving =
        new ArchiveLoop(
            config.node(),
            timelines,
            observers.newSet(),
            archive,
            config.archiveSettings(),
            Clock.systemUTC());
    Hub hub = new Hub(timelines);
    observers.add(hub::changed);
    peers = new Peers(config.node(), hub, timelines, observers.newSet(), security::peer);
    Router router = new Router();
    StandardRoutes.addTo(router, this::status, metrics);
    TimelineRoutes.addTo(router, timelines, disk);
    PullTimeline pulling = new PullTimeline(config.node(), timelines, security.client());
    MembershipRoutes.addTo(router, config.node(), timelines, archive, pulling, disk);
    DebugRoutes.addTo(router, config.node(), directory, timelines, hub, archiving);
    try {
      pgServer =
          PgServer.start(
              HostPort.parse(config.pgAddress()).toSocketAddress(),
              security.server(serverSettings(config.timeoutsOrDefaults())),
              new SafekeeperCommands(
                  timelines,
                  archive,
                  peers,
                  Clock.systemUTC(),
                  new SlowSends(config.timeoutsOrDefaults().slowSendMillis())));
    } catch (IOException e) {
      disk.close();
      timelines.close();
      throw e;
    }
    try {
      httpServer =
          ManagementServer.start(
              HostPort.parse(config.httpAddress()), router, security.guard(), security.https());
    } catch (IOException e) {
      pgServer.close();
      disk.close();
      timelines.close();
      throw e;
    }
    own.register(
        timelines,
        pgServer::connectionCount,
        () -> hub.connected().size(),
        () -> archiving.troubles().size());
    startLoops();
  }

  private void startLoops() {
    housekeeper.start();
    archiving.start();
    peers.start();
  }

  private static PgServerSettings serverSettings(SafekeeperConfig.Timeouts timeouts) {
    return PgServerSettings.storage("pg")
        .withCopyBytesMax(COPY_BYTES_MAX)
        .withTimeouts(timeouts.startupMillis(), timeouts.silenceMillis(), timeouts.writeMillis());
  }

  /// Starts a safekeeper and writes its `process.json`.
  ///
  /// @throws ExitException if another process has the directory
  public static Safekeeper start(SafekeeperConfig config, FailStop failStop)
      throws IOException, ExitException {
    DirectoryLock lock = DirectoryLock.take(config.directoryPath());
    try {
      Safekeeper safekeeper = new Safekeeper(config, lock, failStop);
      ProcessFile.ofThisProcess("safekeeper", config.name(), safekeeper.addresses())
          .write(config.directoryPath());
      return safekeeper;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /// Where it listens, by purpose: `pg`, `http`.
  public Map<String, String> addresses() {
    try {
      String host = HostPort.parse(config.pgAddress()).host();
      return Map.of(
          "pg", new HostPort(host, pgServer.port()).toString(),
          "http", httpServer.address().toString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private ProcessStatus status() {
    List<String> reasons = new ArrayList<>();
    List<ProcessStatus.TimelineLsns> lsns = new ArrayList<>();
    if (!space.shortage().isEmpty()) {
      reasons.add(space.shortage());
    }
    timelines
        .slots()
        .forEach((key, slot) -> {
          switch (slot) {
            case Timelines.Slot.Usable(Timeline timeline) -> lsns.add(lsns(timeline));
            case Timelines.Slot.Unusable(String reason) ->
                reasons.add("timeline " + key + " does not vote: " + reason);
          }
        });
    archiving.troubles().forEach((key, reason) -> reasons.add("timeline " + key + ": " + reason));
    return new ProcessStatus(
        "safekeeper",
        config.name(),
        ProcessHandle.current().pid(),
        addresses(),
        config.directory(),
        reasons.isEmpty() ? ProcessStatus.OK : ProcessStatus.DEGRADED,
        reasons,
        lsns);
  }

  private static ProcessStatus.TimelineLsns lsns(Timeline timeline) {
    AcceptorState state = timeline.state();
    return new ProcessStatus.TimelineLsns(
        timeline.key().tenant().toString(),
        timeline.key().timeline().toString(),
        Map.of(
            "flush_lsn", state.flushLsn().toString(),
            "commit_lsn", state.commitLsn().toString(),
            "backup_lsn", state.control().backupLsn().toString(),
            "remote_consistent_lsn", state.control().remoteConsistentLsn().toString()));
  }

  /// Ends the streams, makes everything durable, and gives the directory free.
  @Override
  public void close() throws IOException {
    httpServer.close();
    pgServer.close();
    peers.close();
    housekeeper.close();
    archiving.close();
    disk.close();
    timelines.close();
    lock.close();
  }
}
