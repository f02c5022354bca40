package dev.argon.compute;

import dev.argon.compute.kept.KeptState;
import dev.argon.compute.postgres.Postmaster;
import dev.argon.compute.postgres.Signal;
import dev.argon.compute.proposer.FencedException;
import dev.argon.compute.spec.ComputeMode;
import dev.argon.compute.spec.ComputeSpec;
import dev.argon.node.ManagementServer;
import dev.argon.node.Metrics;
import dev.argon.node.ProcessFile;
import dev.argon.node.Shutdown;
import dev.argon.objectstore.DirectoryObjectStore;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// A compute from its start to its end. The main thread handles one [ComputeEvent] after the other;
/// starting and preparing a stop have threads of their own, so that a stop, a newer term or the end
/// of PostgreSQL is acted on at any moment.
final class ComputeLife {

  private static final Logger LOG = System.getLogger(ComputeLife.class.getName());

  private static final int EVENTS_MAX = 64;

  /// As it can stand in an object's name.
  private static final Pattern ENDPOINT_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,99}");

  /// A fast stop that has not ended by then, for want of a quorum say, becomes an immediate one;
  /// nothing is lost by it. Below the minute a launcher gives to SIGTERM.
  private static final Duration FAST_STOP_MAX = Duration.ofSeconds(40);

  /// What comes before the server's own shutdown makes the next start cheaper and nothing else.
  private static final Duration STOP_PREPARATION_MAX = Duration.ofSeconds(20);

  /// The postmaster itself kills children that have not obeyed after five seconds.
  private static final Duration QUIT_PATIENCE = Duration.ofSeconds(8);

  /// A fenced compute does not wait for anybody.
  private static final Duration FENCE_PATIENCE = Duration.ofSeconds(2);

  /// For the answer to `/terminate` to leave.
  private static final Duration ANSWER_GRACE = Duration.ofMillis(150);

  private static final Duration START_THREAD_PATIENCE = Duration.ofSeconds(10);

  private final ComputeSpec spec;
  private final Clock clock = Clock.systemUTC();
  private final BlockingQueue<ComputeEvent> events = new LinkedBlockingQueue<>(EVENTS_MAX);
  private final ComputeParts parts = new ComputeParts();
  private final StartTimes times;
  private final ComputeState state;
  private final RunningSettings settings;
  private final Optional<KeptState> kept;
  private final List<CompletableFuture<Lsn>> stopAnswers = new ArrayList<>();

  /// When the current wait of a stop ends; nothing is being waited for while it is empty.
  private Optional<Deadline> deadline = Optional.empty();

  private record Deadline(long atNanos, Runnable passed) {}

  ComputeLife(ComputeSpec spec) {
    this.spec = spec;
    long upMillis =
        ProcessHandle.current()
            .info()
            .startInstant()
            .map(started -> Duration.between(started, clock.instant()).toMillis())
            .orElse(0L);
    times = new StartTimes(System::nanoTime, upMillis);
    state =
        new ComputeState(
            spec, clock.instant(), parts::progress, parts::replicaProgress, parts::pageReasons);
    settings = new RunningSettings(spec, parts, state);
    kept = keptState(spec);
  }

  /// An endpoint without a name has nothing of its own to find again.
  private static Optional<KeptState> keptState(ComputeSpec spec) {
    String endpoint = spec.labels().endpoint();
    Optional<Path> objectStore =
        spec.keeping().objectStore().filter(_ -> ENDPOINT_ID.matcher(endpoint).matches());
    try {
      return objectStore.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new KeptState(
                  new DirectoryObjectStore(objectStore.get()),
                  spec.tenant(),
                  spec.timeline(),
                  endpoint));
    } catch (IOException e) {
      LOG.log(Level.WARNING, "nothing is kept over this start: {0}", e.toString());
      return Optional.empty();
    }
  }

  /// @return the exit code
  int run(Shutdown shutdown) throws IOException, InterruptedException {
    Metrics metrics = new Metrics();
    ComputeMetrics.register(metrics, parts, times);
    Map<String, String> addresses =
        Map.of("pg", spec.pgAddress().toString(), "http", spec.httpAddress().toString());
    ComputeSurface surface =
        new ComputeSurface(
            state,
            times,
            this::post,
            settings::membership,
            settings,
            ComputeMetrics.autoscaling(parts));
    Thread start = Thread.ofPlatform().daemon().name("start").start(this::start);
    ComputeExit exit = ComputeExit.COULD_NOT_START;
    try (ManagementServer _ =
        ManagementServer.start(spec.httpAddress(), surface.router(metrics, addresses))) {
      ProcessFile.ofThisProcess("compute", spec.labels().endpoint(), addresses)
          .write(spec.directory());
      Thread.ofVirtual().name("stop-signal").start(() -> postStopOnSignal(shutdown));
      exit = handleEvents();
      endStart(start);
      finish(exit);
    } catch (BindException e) {
      fail(exit, message(e));
      endStart(start);
      finish(exit);
    }
    return exit.code();
  }

  private static void endStart(Thread start) throws InterruptedException {
    start.interrupt();
    boolean _ = start.join(START_THREAD_PATIENCE);
  }

  private void post(ComputeEvent event) {
    if (!events.offer(event)) {
      // The main thread handles each in microseconds: 64 waiting ones are a bug, and the one event
      // that must not be lost is then as good as any other.
      LOG.log(Level.ERROR, "too many events wait: {0} is dropped", event);
    }
  }

  private void postStopOnSignal(Shutdown shutdown) {
    try {
      shutdown.await();
      post(new ComputeEvent.StopAsked(StopMode.FAST, new CompletableFuture<>()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void start() {
    try {
      new ComputeStart(spec, parts, state, times, clock, this::post, kept).run();
      post(new ComputeEvent.Started());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      post(new ComputeEvent.StartFailed(e));
    }
  }

  private ComputeExit handleEvents() throws InterruptedException {
    while (true) {
      Optional<ComputeEvent> event = next();
      if (event.isEmpty()) {
        Deadline passed = deadline.orElseThrow();
        deadline = Optional.empty();
        passed.passed().run();
        continue;
      }
      Optional<ComputeExit> exit = handle(event.get());
      if (exit.isPresent()) {
        return exit.get();
      }
    }
  }

  private Optional<ComputeEvent> next() throws InterruptedException {
    if (deadline.isEmpty()) {
      return Optional.of(events.take());
    }
    long left = deadline.get().atNanos() - System.nanoTime();
    return Optional.ofNullable(events.poll(Math.max(left, 0), TimeUnit.NANOSECONDS));
  }

  private Optional<ComputeExit> handle(ComputeEvent event) throws InterruptedException {
    return switch (event) {
      case ComputeEvent.ServerLaunched() -> {
        parts.upstream().ifPresent(this::watch);
        yield Optional.empty();
      }
      case ComputeEvent.Started() -> {
        if (state.phase() == ComputeState.Phase.INIT) {
          state.phase(ComputeState.Phase.RUNNING);
        }
        parts.pages().ifPresent(ServerPages::started);
        settings.started();
        LOG.log(Level.INFO, "running: {0}", times);
        yield Optional.empty();
      }
      case ComputeEvent.StartFailed(FencedException cause) -> Optional.of(fence(message(cause)));
      case ComputeEvent.StartFailed(Exception cause) -> startFailed(cause);
      case ComputeEvent.Fenced(String message) -> Optional.of(fence(message));
      case ComputeEvent.ProposerFailed(Exception cause) -> {
        LOG.log(Level.ERROR, "the WAL proposer failed", cause);
        fail(ComputeExit.PROPOSER_FAILED, message(cause));
        yield Optional.of(ComputeExit.PROPOSER_FAILED);
      }
      case ComputeEvent.PostgresEnded(int status) -> postgresEnded(status);
      case ComputeEvent.StopAsked(StopMode mode, CompletableFuture<Lsn> answer) ->
          stopAsked(mode, answer);
      case ComputeEvent.StopPrepared() -> {
        interruptServer();
        yield Optional.empty();
      }
    };
  }

  private void watch(Upstream upstream) {
    UpstreamWatch made =
        new UpstreamWatch(
            new SafekeeperPositions(spec), upstream, parts::replicaProgress, settings::prefer);
    parts.watch(made);
    made.start();
  }

  private Optional<ComputeExit> startFailed(Exception cause) {
    if (state.phase() == ComputeState.Phase.TERMINATION_PENDING) {
      // The stop has taken away what the start was working with.
      return parts.postmaster().isPresent() ? Optional.empty() : Optional.of(ComputeExit.STOPPED);
    }
    LOG.log(Level.ERROR, "the start failed", cause);
    fail(ComputeExit.COULD_NOT_START, message(cause));
    return Optional.of(ComputeExit.COULD_NOT_START);
  }

  private Optional<ComputeExit> postgresEnded(int status) {
    ComputeExit exit =
        switch (state.phase()) {
          case TERMINATION_PENDING -> ComputeExit.STOPPED;
          case INIT -> ComputeExit.COULD_NOT_START;
          // A postmaster that has lost a child and may not restart ends with 1; one that was
          // stopped from outside, with 0.
          case RUNNING, TERMINATED, FAILED ->
              status == 0 ? ComputeExit.POSTGRES_ENDED : ComputeExit.CRASH;
        };
    if (exit == ComputeExit.STOPPED) {
      LOG.log(Level.INFO, "PostgreSQL has ended, exit status {0}", Integer.toString(status));
    } else {
      fail(
          exit,
          "PostgreSQL ended by itself, exit status " + status + ": its reason is in the log above");
    }
    return Optional.of(exit);
  }

  /// Nothing is acknowledged any more (the proposer has stopped by itself); now PostgreSQL ends, so
  /// that nobody reads what another compute has moved on from.
  private ComputeExit fence(String message) throws InterruptedException {
    LOG.log(Level.ERROR, "fenced: {0}", message);
    state.failed("fenced: " + message);
    if (parts.postmaster().isPresent()) {
      parts.postmaster().get().endAtOnce(FENCE_PATIENCE);
    }
    return ComputeExit.FENCED;
  }

  private Optional<ComputeExit> stopAsked(StopMode mode, CompletableFuture<Lsn> answer) {
    stopAnswers.add(answer);
    boolean first = state.phase() != ComputeState.Phase.TERMINATION_PENDING;
    boolean running = state.phase() == ComputeState.Phase.RUNNING;
    state.phase(ComputeState.Phase.TERMINATION_PENDING);
    if (parts.postmaster().isEmpty()) {
      return Optional.of(ComputeExit.STOPPED);
    }
    if (mode == StopMode.IMMEDIATE || (first && !running)) {
      LOG.log(Level.INFO, "stopping at once");
      quitServer();
    } else if (first) {
      LOG.log(Level.INFO, "stopping");
      long now = System.nanoTime();
      deadline =
          Optional.of(new Deadline(now + STOP_PREPARATION_MAX.toNanos(), this::interruptServer));
      StopPreparation preparation = new StopPreparation(spec, parts);
      Thread.ofPlatform()
          .daemon()
          .name("prepare-stop")
          .start(() -> {
            preparation.run();
            post(new ComputeEvent.StopPrepared());
          });
    }
    return Optional.empty();
  }

  private void interruptServer() {
    parts.postmaster().ifPresent(postmaster -> postmaster.signal(Signal.INTERRUPT));
    deadline =
        Optional.of(
            new Deadline(
                System.nanoTime() + FAST_STOP_MAX.minus(STOP_PREPARATION_MAX).toNanos(),
                () -> {
                  LOG.log(Level.WARNING, "the fast stop takes too long: stopping at once");
                  quitServer();
                }));
  }

  private void quitServer() {
    parts.postmaster().ifPresent(postmaster -> postmaster.signal(Signal.QUIT));
    deadline =
        Optional.of(
            new Deadline(
                System.nanoTime() + QUIT_PATIENCE.toNanos(),
                () -> parts.postmaster().ifPresent(postmaster -> postmaster.signal(Signal.KILL))));
  }

  private void fail(ComputeExit exit, String message) {
    LOG.log(Level.ERROR, "{0}: {1}", exit.reason(), message);
    state.failed(message);
  }

  private static String message(Exception cause) {
    String text = cause.getMessage();
    return text == null ? cause.toString() : text;
  }

  /// After a stop that somebody wanted. Statistics are there only if PostgreSQL has written a
  /// shutdown checkpoint; a start that does not boot from it does not take them.
  private void keep() {
    parts.pages().ifPresent(ServerPages::keepCacheState);
    boolean primary =
        switch (spec.mode()) {
          case ComputeMode.Primary() -> true;
          case ComputeMode.Static(Lsn _), ComputeMode.Replica() -> false;
        };
    if (primary && parts.postmaster().isPresent()) {
      kept.ifPresent(
          store -> store.keepStatistics(spec.directory().resolve("pgdata"), state.commitLsn()));
    }
  }

  /// Ends what still runs and says how it ended.
  private void finish(ComputeExit exit) throws IOException, InterruptedException {
    Optional<Postmaster> postmaster = parts.postmaster();
    if (postmaster.isPresent()) {
      postmaster.get().endAtOnce(QUIT_PATIENCE);
    }
    if (exit == ComputeExit.STOPPED) {
      keep();
    }
    parts.close();
    Lsn lsn = state.commitLsn();
    String message = state.status().error();
    new ExitFile(
            exit.reason(),
            message == null ? "stopped as asked" : message,
            lsn.isValid() ? lsn.toString() : null)
        .write(spec.directory());
    if (exit == ComputeExit.STOPPED) {
      state.phase(ComputeState.Phase.TERMINATED);
    }
    stopAnswers.forEach(answer -> answer.complete(lsn));
    if (!stopAnswers.isEmpty()) {
      CountDownLatch never = new CountDownLatch(1);
      if (never.await(ANSWER_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("nobody counts it down");
      }
    }
    LOG.log(Level.INFO, "ended: {0}, at {1}", exit.reason(), lsn);
  }
}
