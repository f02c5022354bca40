package dev.argon.compute;

import dev.argon.compute.boot.BootContents;
import dev.argon.compute.boot.BootFrom;
import dev.argon.compute.boot.BootPoint;
import dev.argon.compute.boot.BootRecord;
import dev.argon.compute.boot.DataDirectory;
import dev.argon.compute.boot.PageserverBootSource;
import dev.argon.compute.boot.RelationFiles;
import dev.argon.compute.boot.SettledParameters;
import dev.argon.compute.kept.KeptState;
import dev.argon.compute.postgres.AccessRules;
import dev.argon.compute.postgres.LocalSession;
import dev.argon.compute.postgres.Postmaster;
import dev.argon.compute.postgres.ServerSettings;
import dev.argon.compute.postgres.SocketDirectory;
import dev.argon.compute.proposer.ElectedLog;
import dev.argon.compute.proposer.FencedException;
import dev.argon.compute.proposer.PostgresStream;
import dev.argon.compute.proposer.ProposerConfiguration;
import dev.argon.compute.proposer.ProposerProgress;
import dev.argon.compute.proposer.StrandedException;
import dev.argon.compute.proposer.WalProposer;
import dev.argon.compute.spec.ComputeMode;
import dev.argon.compute.spec.ComputeSpec;
import dev.argon.pageservice.StandbyStart;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.control.ServerParameters;
import dev.argon.postgres.wal.WalLayout;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// The start of a compute, one phase after the other; what can run beside another phase does.
///
/// Relation sizes, SLRUs and the other files are taken as of the end S of the recovered log. The
/// boot record that is appended there changes none of them (a checkpoint record touches no page and
/// no SLRU), so they are as true at the record's end E, where PostgreSQL goes on: one transfer is
/// enough.
final class ComputeStart {

  private static final Logger LOG = System.getLogger(ComputeStart.class.getName());

  /// How long the pageserver may stay silent before it is asked anew.
  private static final long BOOT_FILES_SILENCE_MILLIS = 60_000;

  private static final Duration RETRY_INTERVAL = Duration.ofMillis(200);

  private final ComputeSpec spec;
  private final ComputeParts parts;
  private final ComputeState state;
  private final StartTimes times;
  private final Clock clock;
  private final Consumer<ComputeEvent> events;
  private final Optional<KeptState> kept;

  ComputeStart(
      ComputeSpec spec,
      ComputeParts parts,
      ComputeState state,
      StartTimes times,
      Clock clock,
      Consumer<ComputeEvent> events,
      Optional<KeptState> kept) {
    this.spec = spec;
    this.parts = parts;
    this.state = state;
    this.times = times;
    this.clock = clock;
    this.events = events;
    this.kept = kept;
  }

  void run()
      throws IOException,
          CorruptDataException,
          PgErrorException,
          FencedException,
          StrandedException,
          InterruptedException {
    checkPortIsFree();
    DataDirectory data;
    Boot boot;
    switch (spec.mode()) {
      case ComputeMode.Primary() -> {
        data = DataDirectory.create(spec.directory());
        boot = bootOfPrimary(data);
      }
      case ComputeMode.Static(Lsn lsn) -> {
        data = DataDirectory.create(spec.directory());
        boot = bootOfStatic(lsn, data);
      }
      case ComputeMode.Replica() -> {
        data = DataDirectory.create(spec.directory());
        boot = bootOfReplica(data);
      }
    }
    state.bootLsn(boot.from().goesOnAt());
    startServer(data, boot);
    times.total("total_startup");
  }

  /// What the server boots from.
  private record Boot(BootContents contents, BootFrom from, WalLayout layout) {}

  /// A leader, and the log it leads with; a majority of the safekeepers has all of it.
  private record Leader(WalProposer proposer, ElectedLog log) {}

  private Leader lead() throws IOException, FencedException, InterruptedException {
    while (true) {
      WalProposer proposer = WalProposer.start(ProposerConfiguration.of(spec), this::proposerEnded);
      parts.proposer(proposer);
      try {
        return new Leader(proposer, recoverLog(proposer));
      } catch (StrandedException e) {
        LOG.log(Level.WARNING, "another election: {0}", e.getMessage());
        proposer.close();
      }
    }
  }

  private ElectedLog recoverLog(WalProposer proposer)
      throws FencedException, StrandedException, InterruptedException {
    state.activity("an election needs a majority of the safekeepers");
    ElectedLog log;
    try (var _ = times.phase("election")) {
      log = proposer.awaitElected();
    }
    state.activity("the recovered log needs a majority of the safekeepers");
    try (var _ = times.phase("recovery")) {
      proposer.awaitCommitted(log.end());
    }
    return log;
  }

  private Boot bootOfPrimary(DataDirectory data)
      throws IOException,
          CorruptDataException,
          FencedException,
          StrandedException,
          InterruptedException {
    Leader leader = lead();
    WalProposer proposer = leader.proposer();
    ElectedLog log = leader.log();
    try (PageserverBootSource source = source(log.term())) {
      BootContents contents = contents(source, log.end(), data);
      WalLayout layout = BootPoint.layoutOf(contents);
      Optional<BootRecord> reused = BootRecord.ofLogEnd(contents, layout);
      BootRecord record;
      if (reused.isPresent()) {
        record = reused.get();
        LOG.log(Level.INFO, "the log ends in a shutdown checkpoint, {0}", record.start());
      } else {
        record = BootRecord.atLogEnd(contents, layout, clock.instant().getEpochSecond());
        LOG.log(Level.INFO, "appending a shutdown checkpoint at {0}", record.start());
        proposer.append(record.wal());
      }
      createRelations(source, contents, data);
      state.activity("the boot record needs a majority of the safekeepers");
      try (var _ = times.phase("boot_record")) {
        proposer.awaitCommitted(record.end());
      }
      return new Boot(contents, new BootFrom.Shutdown(record), layout);
    }
  }

  private Boot bootOfStatic(Lsn lsn, DataDirectory data)
      throws IOException, CorruptDataException, InterruptedException {
    try (PageserverBootSource source = source(0)) {
      BootContents contents = contents(source, lsn, data);
      WalLayout layout = BootPoint.layoutOf(contents);
      BootRecord record =
          BootRecord.atLogEnd(contents, layout, contents.checkPoint().timeSeconds());
      createRelations(source, contents, data);
      return new Boot(contents, new BootFrom.Shutdown(record), layout);
    }
  }

  /// From a checkpoint that is in the log: a made-up one would take for aborted what runs at the
  /// primary.
  private Boot bootOfReplica(DataDirectory data)
      throws IOException, CorruptDataException, InterruptedException {
    StandbyStart start = standbyStart();
    try (PageserverBootSource source = source(0)) {
      BootContents contents = contents(source, start.filesLsn(), data);
      WalLayout layout = BootPoint.layoutOf(contents);
      BootFrom from = BootFrom.of(start, contents, layout);
      parts.upstream(upstream(start, contents, from.needed(start, layout)));
      createRelations(source, contents, data);
      LOG.log(Level.INFO, "following from {0}, {1}", from.goesOnAt(), from.describe());
      return new Boot(contents, from, layout);
    }
  }

  /// Begins with a safekeeper that has what is needed, if there is one already.
  private Upstream upstream(StandbyStart start, BootContents contents, Lsn needed)
      throws IOException, CorruptDataException {
    Upstream upstream =
        Upstream.of(
            spec,
            ControlFile.read(contents.controlFile())
                .parameters()
                .atLeast(ControlFile.read(start.controlFile()).parameters()),
            needed);
    state.activity("a safekeeper has to have WAL up to " + needed);
    try (var _ = times.phase("upstream")) {
      upstream.choose(new SafekeeperPositions(spec));
    }
    return upstream;
  }

  private StandbyStart standbyStart()
      throws IOException, CorruptDataException, InterruptedException {
    state.activity("the pageserver has to say where to begin");
    while (true) {
      try (var _ = times.phase("standby_start")) {
        return StandbyStart.ask(
            spec.storage().pageserver().toSocketAddress(),
            spec.tenant(),
            spec.timeline(),
            BOOT_FILES_SILENCE_MILLIS);
      } catch (PgErrorException e) {
        throw new IOException("the pageserver refuses: " + e.getMessage(), e);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "no place to begin at yet: {0}", e.getMessage());
        state.activity("the pageserver cannot be asked: " + e.getMessage());
        pause();
      }
    }
  }

  private PageserverBootSource source(long term) {
    return new PageserverBootSource(
        spec.storage().pageserver().toSocketAddress(),
        spec.tenant(),
        spec.timeline(),
        term,
        BOOT_FILES_SILENCE_MILLIS);
  }

  /// Asks until the pageserver answers: it may be starting, or still ingesting.
  private BootContents contents(PageserverBootSource source, Lsn lsn, DataDirectory data)
      throws IOException, CorruptDataException, InterruptedException {
    state.activity("the pageserver has to reach " + lsn);
    while (true) {
      try (var _ = times.phase("boot_files")) {
        return BootContents.read(source, lsn, data);
      } catch (PageserverBootSource.RefusedException e) {
        throw e;
      } catch (IOException e) {
        LOG.log(Level.WARNING, "no boot files yet: {0}", e.getMessage());
        state.activity("the pageserver cannot be asked: " + e.getMessage());
        pause();
      }
    }
  }

  private static void pause() throws InterruptedException {
    java.util.concurrent.TimeUnit.NANOSECONDS.sleep(RETRY_INTERVAL.toNanos());
  }

  private void createRelations(
      PageserverBootSource source, BootContents contents, DataDirectory data)
      throws IOException, CorruptDataException, InterruptedException {
    int files;
    try (var _ = times.phase("create_relations")) {
      files = new RelationFiles(data.path()).create(contents.forks(), source);
    }
    times.put("relation_files", files);
  }

  private void startServer(DataDirectory data, Boot boot)
      throws IOException,
          CorruptDataException,
          PgErrorException,
          FencedException,
          StrandedException,
          InterruptedException {
    SocketDirectory sockets = SocketDirectory.create(spec.directory(), spec.pgAddress().port());
    parts.sockets(sockets);
    Optional<Upstream> upstream = parts.upstream();
    ComputeSpec raised = upstream.map(known -> known.raised(spec)).orElse(spec);
    ServerPages pages =
        ServerPages.start(
            raised,
            data.path(),
            sockets.path(),
            new Lsn(boot.contents().begin().lsn()),
            parts.progress().map(ProposerProgress::term).orElse(0L),
            kept);
    parts.pages(pages);
    parts.proposer().ifPresent(proposer -> proposer.tell(pages::committed, pages::pageserver));
    ServerSettings settings =
        ServerSettings.of(
            raised,
            sockets.path(),
            pages.serverSettings(),
            upstream.map(Upstream::settings).orElse(Map.of()));
    writeBootPoint(data, boot);
    data.file("postgresql.conf", settings.fileText());
    data.file("postgresql.auto.conf", "");
    data.file("pg_hba.conf", AccessRules.hostBasedAuthentication());
    data.file(
        "pg_ident.conf",
        AccessRules.identities(Files.getOwner(data.path()).getName(), spec.superuser()));
    state.activity("PostgreSQL has to accept sessions");
    Postmaster postmaster = Postmaster.start(spec.postgres().server(), data.path(), settings);
    parts.postmaster(postmaster);
    state.postgresPid(postmaster.pid());
    postmaster.whenEnded(status -> events.accept(new ComputeEvent.PostgresEnded(status)));
    events.accept(new ComputeEvent.ServerLaunched());
    awaitServer(data, boot, sockets, postmaster);
  }

  private void writeBootPoint(DataDirectory data, Boot boot)
      throws IOException, CorruptDataException {
    BootPoint point = new BootPoint(data, boot.layout());
    long now = clock.instant().getEpochSecond();
    Optional<ServerParameters> parameters =
        switch (spec.mode()) {
          case ComputeMode.Primary(), ComputeMode.Replica() -> Optional.empty();
          case ComputeMode.Static(Lsn _) -> Optional.of(SettledParameters.of(spec.settings()));
        };
    switch (boot.from()) {
      case BootFrom.Shutdown(BootRecord record) ->
          point.write(boot.contents(), record, parameters, now);
      case BootFrom.Running(Lsn startLsn, CheckPoint checkPoint) ->
          point.writeRecovering(boot.contents(), startLsn, checkPoint, now);
    }
    switch (spec.mode()) {
      case ComputeMode.Primary() ->
          kept.ifPresent(state -> state.restoreStatistics(data.path(), boot.from().goesOnAt()));
      case ComputeMode.Static(Lsn _), ComputeMode.Replica() -> point.readOnly();
    }
  }

  private void awaitServer(
      DataDirectory data, Boot boot, SocketDirectory sockets, Postmaster postmaster)
      throws IOException,
          PgErrorException,
          FencedException,
          StrandedException,
          InterruptedException {
    PgClient session;
    try (var _ = times.phase("start_postgres")) {
      session =
          LocalSession.whenReady(
              LocalSession.settings(sockets.address(), spec.superuser(), "argon start"),
              postmaster);
    }
    try (session) {
      if (parts.proposer().isPresent()) {
        state.activity("PostgreSQL has to send its WAL");
        stream(parts.proposer().get(), data, boot, sockets);
      }
      state.activity("PostgreSQL has to answer");
      try (var _ = times.phase("first_query")) {
        session.query("SELECT 1");
      }
      session.terminate();
    }
  }

  private void stream(WalProposer proposer, DataDirectory data, Boot boot, SocketDirectory sockets)
      throws FencedException, StrandedException, InterruptedException {
    try (var _ = times.phase("streaming")) {
      proposer.streamFrom(
          new PostgresStream(
              LocalSession.settings(
                  sockets.address(), spec.superuser(), ServerSettings.PROPOSER_NAME),
              boot.from().goesOnAt(),
              data.path().resolve("pg_wal"),
              boot.layout()));
      proposer.awaitStreaming();
    }
  }

  /// PostgreSQL's own message for a taken port is less plain and comes late.
  private void checkPortIsFree() throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(spec.pgAddress().toSocketAddress());
    } catch (IOException e) {
      throw new IOException(
          "cannot listen on " + spec.pgAddress() + " (" + e.getMessage() + "): choose another port",
          e);
    }
  }

  private void proposerEnded(WalProposer.End end) {
    switch (end) {
      case WalProposer.End.Fenced(String message) ->
          events.accept(new ComputeEvent.Fenced(message));
      case WalProposer.End.Failed(Exception cause) ->
          events.accept(new ComputeEvent.ProposerFailed(cause));
      case WalProposer.End.Stranded _, WalProposer.End.Closed _ -> {} // the start hears of it
    }
  }
}
