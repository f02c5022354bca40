package dev.argon.compute;

import dev.argon.compute.communicator.Communicator;
import dev.argon.compute.communicator.ControlSocket;
import dev.argon.compute.communicator.PageSource;
import dev.argon.compute.eviction.Evictor;
import dev.argon.compute.kept.KeptState;
import dev.argon.compute.memory.ServerCounters;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.SharedMemorySettings;
import dev.argon.compute.memory.ShimSettings;
import dev.argon.compute.prewarm.Prewarm;
import dev.argon.compute.spec.ComputeMode;
import dev.argon.compute.spec.ComputeSpec;
import dev.argon.compute.sql.ServerAnswers;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.PageserverFeedback;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What keeps the server's pages: shared memory, page faults, eviction, and the life line. Made
/// before PostgreSQL starts, closed after it has ended.
final class ServerPages implements AutoCloseable {

  /// Processes that are neither clients nor counted by a setting: checkpointer, writers, launchers.
  private static final int AUXILIARY_PROCESSES = 32;

  /// A pageserver this far behind makes reads of evicted pages wait for long.
  private static final long PAGESERVER_LAG_MAX_BYTES = 512L << 20;

  private static final long BLOCKS_PER_MB = 128;

  private final ComputeSpec spec;
  private final Path controlSocketPath;
  private final SharedMemory memory;
  private final Prewarm prewarm;
  private final ControlSocket controlSocket;
  private final Communicator communicator;
  private final Evictor evictor;
  private final Optional<CacheKeeper> keeper;

  private ServerPages(
      ComputeSpec spec,
      Path controlSocketPath,
      SharedMemory memory,
      Path dataDirectory,
      PageSource source,
      Optional<KeptState> kept)
      throws IOException {
    this.spec = spec;
    this.controlSocketPath = controlSocketPath;
    this.memory = memory;
    prewarm = new Prewarm(memory, this::wakeWorker);
    controlSocket =
        ControlSocket.listen(
            controlSocketPath,
            new ServerAnswers(memory, prewarm, dataDirectory, Clock.systemUTC()));
    keeper =
        kept.map(state ->
            new CacheKeeper(
                memory,
                prewarm,
                state,
                spec.keeping().autoprewarm(),
                spec.keeping().cacheStateInterval()));
    communicator = new Communicator(memory, dataDirectory, source);
    evictor = new Evictor(memory, dataDirectory, communicator.dropCheck());
    communicator.start();
    evictor.start();
  }

  private void wakeWorker() {
    controlSocket.wakeWorker();
  }

  /// Creates and starts them.
  ///
  /// @param unchangedSince no page that this server does not change itself changes after this
  ///   position: the end of the log that the boot files are of
  /// @param term of this compute, 0 if it does not write
  /// @param kept where the list of blocks outlives this start; empty: nowhere
  static ServerPages start(
      ComputeSpec spec,
      Path dataDirectory,
      Path socketDirectory,
      Lsn unchangedSince,
      long term,
      Optional<KeptState> kept)
      throws IOException {
    Path directory = Files.createDirectory(spec.directory().resolve("memory"));
    SharedMemorySettings.Mode kind =
        switch (spec.mode()) {
          case ComputeMode.Primary() -> SharedMemorySettings.Mode.PRIMARY;
          case ComputeMode.Static(Lsn _) -> SharedMemorySettings.Mode.STATIC;
          case ComputeMode.Replica() -> SharedMemorySettings.Mode.REPLICA;
        };
    SharedMemory memory =
        SharedMemory.create(
            directory.resolve("shared"),
            SharedMemorySettings.of(unchangedSince, kind, processes(spec)));
    PageSource.Mode mode =
        switch (spec.mode()) {
          case ComputeMode.Primary() -> new PageSource.Mode.Newest();
          case ComputeMode.Static(Lsn lsn) -> new PageSource.Mode.At(lsn);
          case ComputeMode.Replica() -> new PageSource.Mode.Replayed(memory::replayLsn);
        };
    memory.limitCommitLag(spec.walBacklogLimitBytes());
    memory.limitCache(spec.fileCacheSizeLimitMb() * BLOCKS_PER_MB);
    Path socket = socketDirectory.resolve("c");
    return new ServerPages(
        spec,
        socket,
        memory,
        dataDirectory,
        new PageSource(
            spec.storage().pageserver().toSocketAddress(),
            spec.tenant(),
            spec.timeline(),
            term,
            mode),
        kept);
  }

  /// The server answers queries.
  void started() {
    keeper.ifPresent(CacheKeeper::start);
  }

  /// The server has ended as somebody wanted it.
  void keepCacheState() {
    keeper.ifPresent(CacheKeeper::keepAtStop);
  }

  /// An upper bound; settings that are no plain numbers count with PostgreSQL's defaults.
  private static int processes(ComputeSpec spec) {
    return AUXILIARY_PROCESSES
        + number(spec, "max_connections", 100)
        + number(spec, "max_worker_processes", 8)
        + number(spec, "max_wal_senders", 10)
        + number(spec, "autovacuum_max_workers", 3);
  }

  private static int number(ComputeSpec spec, String setting, int absent) {
    try {
      return Integer.parseInt(
          spec.settings().getOrDefault(setting, Integer.toString(absent)).strip());
    } catch (NumberFormatException e) {
      return absent;
    }
  }

  /// What PostgreSQL must be told by `-c`.
  Map<String, String> serverSettings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("neon.tenant_id", spec.tenant().toString());
    settings.put("neon.timeline_id", spec.timeline().toString());
    settings.put("neon.project_id", spec.labels().project());
    settings.put("neon.branch_id", spec.labels().branch());
    settings.put("neon.endpoint_id", spec.labels().endpoint());
    settings.put("neon.compute_mode", spec.mode().settingValue());
    settings.putAll(
        ShimSettings.of(
            spec.postgres().extensionLibrary(),
            memory.file(),
            controlSocketPath,
            ProcessHandle.current().pid()));
    return settings;
  }

  /// The quorum has everything up to `lsn`: writers that stalled may go on. Cheap.
  void committed(long lsn) {
    memory.publishCommitLsn(new Lsn(lsn));
  }

  /// How far the pageserver is. Before the first call its lag stalls nobody.
  void pageserver(PageserverFeedback feedback) {
    memory.publishPageserverLsn(feedback.lastReceivedLsn());
    memory.limitPageserverLag(PAGESERVER_LAG_MAX_BYTES);
    memory.publishPageserver(
        feedback.lastReceivedLsn(), feedback.diskConsistentLsn(), feedback.remoteConsistentLsn());
  }

  /// What is worth a word in the status.
  List<String> reasons() {
    List<String> reasons = new ArrayList<>();
    ServerCounters counters = memory.serverCounters();
    if (counters.throttledNow() > 0) {
      reasons.add(
          "writers stall: "
              + counters.throttledNow()
              + " sessions wait until the WAL that is not committed or not ingested is less");
    }
    if (memory.isAttached() && !communicator.counters().connected()) {
      reasons.add("no connection to the pageserver " + spec.storage().pageserver());
    }
    if (isFollowing()) {
      if (memory.isReplayPaused()) {
        reasons.add(
            "replay is paused: the primary has larger settings than this replica (stop it and start"
                + " it), or somebody has called pg_wal_replay_pause()");
      }
      if (!memory.isReplayStreaming()) {
        reasons.add("no safekeeper sends it WAL");
      }
    }
    if (counters.zeroPageErrors() > 0) {
      reasons.add(counters.zeroPageErrors() + " pages read as zeros though they should not");
    }
    if (communicator.compared().differences() > 0) {
      reasons.add(
          communicator.compared().differences()
              + " pages differ from the pageserver's, see the log");
    }
    return reasons;
  }

  private boolean isFollowing() {
    return memory.isAttached() && memory.settings().mode() == SharedMemorySettings.Mode.REPLICA;
  }

  /// How far a replica is; empty for others, and before it runs.
  Optional<ReplicaProgress> replicaProgress() {
    return isFollowing() && memory.replayLsn() != 0
        ? Optional.of(new ReplicaProgress(new Lsn(memory.replayLsn()), new Lsn(memory.streamLsn())))
        : Optional.empty();
  }

  /// What the parts have counted, by metric name.
  Map<String, Long> counters() {
    Map<String, Long> counters = new LinkedHashMap<>();
    ServerCounters server = memory.serverCounters();
    Communicator.Counters faults = communicator.counters();
    counters.put("lfc_hits", server.hits());
    counters.put("lfc_misses", server.misses());
    counters.put("lfc_used_pages", server.residentBlocks());
    counters.put("lfc_evicted_pages", evictor.evictedBlocks());
    counters.put("evictor_rounds", evictor.rounds());
    evictor
        .verdicts()
        .forEach((verdict, count) ->
            counters.put("verdict_" + verdict.name().toLowerCase(Locale.ROOT), count));
    counters.put("getpage_requested_blocks", faults.requestedBlocks());
    counters.put("getpage_installed_pages", faults.installedPages());
    counters.put("getpage_dropped_pages", faults.droppedPages());
    counters.put("getpage_errors", faults.errors());
    counters.put("getpage_waited_for_wal", faults.recent());
    counters.put("getpage_under_way", memory.openRequests());
    counters.put("read_ahead_blocks", server.readAheadBlocks());
    counters.put("throttle_micros", server.throttleMicros());
    counters.put("map_images", server.mapImages());
    counters.put("ordered_images", server.orderedImages());
    counters.put("cancels_held", server.cancelsHeld());
    counters.put("zero_page_errors", server.zeroPageErrors());
    counters.putAll(communicator.compared().byName());
    ServerCounters.Comparisons comparisons = server.comparisons();
    counters.put("compare_asked", comparisons.asked());
    counters.put("compare_left_out_fsm", comparisons.freeSpaceMaps());
    counters.put("compare_left_out_map", comparisons.maps());
    counters.put("compare_left_out_shared_catalog", comparisons.sharedCatalogs());
    counters.put("compare_left_out_direct", comparisons.direct());
    counters.put("compare_left_out_in_replay", comparisons.inReplay());
    return counters;
  }

  /// The numbers of the cache, by the names of Neon's communicator.
  CacheNumbers cacheNumbers() {
    return CacheNumbers.of(
        memory,
        communicator.requestCounts(),
        evictor,
        Clock.systemUTC().instant().getEpochSecond());
  }

  /// Before a fast stop, while sessions still run: a checkpoint, and images of what WAL does not
  /// carry.
  ///
  /// @return whether it was done within the time
  boolean prepareForStop(Duration patience) {
    return !memory.isAttached() || memory.prepareForStop(patience.toMillis());
  }

  @Override
  public void close() throws IOException {
    keeper.ifPresent(CacheKeeper::close);
    prewarm.close();
    evictor.close();
    communicator.close();
    controlSocket.close();
    memory.close();
    Files.deleteIfExists(controlSocketPath);
  }
}
