package dev.argon.controlplane.endpoint;

import dev.argon.controlplane.metadata.Endpoint;
import dev.argon.controlplane.metadata.EndpointStore;
import dev.argon.controlplane.metadata.MetadataException;
import dev.argon.node.ApiProblem;
import dev.argon.node.JsonCodec;
import dev.argon.node.PrivateFile;
import dev.argon.node.ProblemCode;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Keeps one endpoint as its owner wants it. One thread runs the loop and is the only one that
/// starts, watches and ends the compute; requests change what is wanted and wait for the loop.
///
/// A start that somebody asked for and that fails is reported to him and not tried again. A compute
/// that ended by itself is started again after a [BackOff], unless it was fenced.
final class EndpointLoop {

  private static final Logger LOG = System.getLogger(EndpointLoop.class.getName());

  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration START_POLL = Duration.ofMillis(20);
  private static final Duration WATCH_POLL = Duration.ofMillis(200);

  /// Longer than the compute's own patience with a quorum that is away.
  private static final Duration FAST_STOP_TIMEOUT = Duration.ofSeconds(200);

  private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(15);

  private final String endpointId;
  private final EndpointStore store;
  private final EndpointDirectory directory;
  private final Leftovers leftovers;
  private final ComputeProgram program;
  private final Specs specs;
  private final EndpointMetrics metrics;
  private final BackOff backOff = new BackOff();

  /// Guards the fields below; nothing is called under it.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private boolean wanted;

  /// The stack goes down: the compute ends, but what is wanted in the metadata stays.
  private boolean held;

  private boolean closed;
  private String stopMode = "fast";

  /// Counts the requests to start; an attempt answers those before it.
  private long startRequests;

  private long startRequestsAnswered;
  private EndpointState state = EndpointState.IDLE;
  private String lastError = "";
  private Optional<ApiProblem> startProblem = Optional.empty();
  private long notBeforeNanos = System.nanoTime();

  /// Only the loop's thread touches these two.
  private @Nullable ComputeProcess compute;

  private long activeSinceNanos;

  EndpointLoop(
      Endpoint endpoint,
      EndpointStore store,
      EndpointDirectory directory,
      ComputeProgram program,
      Specs specs,
      EndpointMetrics metrics) {
    this.endpointId = endpoint.id();
    this.wanted = endpoint.wanted();
    this.store = store;
    this.directory = directory;
    this.leftovers = new Leftovers(directory);
    this.program = program;
    this.specs = specs;
    this.metrics = metrics;
  }

  /// What the loop does and why it is not more.
  record View(EndpointState state, String lastError, boolean wanted) {}

  View view() {
    lock.lock();
    try {
      return new View(state, lastError, wanted);
    } finally {
      lock.unlock();
    }
  }

  /// Wants the compute to run and waits until it does.
  ///
  /// @throws ApiProblem why it does not
  void start(Duration timeout) throws ApiProblem, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    checkNotHeld();
    store.setWanted(endpointId, true);
    lock.lock();
    try {
      wanted = true;
      long request = ++startRequests;
      notBeforeNanos = System.nanoTime();
      changed.signalAll();
      while (startRequestsAnswered < request) {
        awaitChange(
            deadline, "the compute is not running yet, see `argon logs " + endpointId + "`");
      }
      if (startProblem.isPresent()) {
        ApiProblem problem = startProblem.get();
        throw new ApiProblem(problem.code(), problem.detail(), problem);
      }
    } finally {
      lock.unlock();
    }
  }

  private void checkNotHeld() throws ApiProblem {
    lock.lock();
    try {
      if (held || closed) {
        throw new ApiProblem(ProblemCode.UNAVAILABLE, "the stack is going down");
      }
    } finally {
      lock.unlock();
    }
  }

  /// Wants the compute to end and waits until it has.
  void stop(String mode, Duration timeout) throws ApiProblem, InterruptedException {
    store.setWanted(endpointId, false);
    stop(mode, timeout, false);
  }

  /// Ends the compute for as long as this control plane lives; at the next start of the stack it
  /// comes back.
  void hold(String mode, Duration timeout) throws ApiProblem, InterruptedException {
    stop(mode, timeout, true);
  }

  /// Takes [#hold] back.
  void release() {
    lock.lock();
    try {
      held = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void stop(String mode, Duration timeout, boolean hold)
      throws ApiProblem, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    lock.lock();
    try {
      if (hold) {
        held = true;
      } else {
        wanted = false;
      }
      stopMode = mode;
      changed.signalAll();
      while (state != EndpointState.IDLE) {
        awaitChange(deadline, "the compute has not ended yet, see `argon logs " + endpointId + "`");
      }
    } finally {
      lock.unlock();
    }
  }

  /// Called with the lock.
  @SuppressWarnings("WaitNotInLoop")
  private void awaitChange(long deadline, String what) throws ApiProblem, InterruptedException {
    // Called in a loop over the state that is waited for.
    if (!changed.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
      throw new ApiProblem(ProblemCode.DEADLINE_EXCEEDED, what);
    }
  }

  /// Ends the loop's thread; the compute goes on.
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The loop; returns when closed.
  void run() throws InterruptedException {
    adopt();
    while (true) {
      switch (next()) {
        case START -> attemptStart();
        case STOP -> stopCompute();
        case ENDED -> computeEnded();
        case CLOSE -> {
          return;
        }
      }
    }
  }

  private enum Step {
    START,
    STOP,
    ENDED,
    CLOSE
  }

  /// Waits until there is something to do.
  private Step next() throws InterruptedException {
    while (true) {
      ComputeProcess running = compute;
      boolean alive = running != null && running.isAlive();
      lock.lock();
      try {
        boolean run = wanted && !held;
        if (closed) {
          return Step.CLOSE;
        }
        if (running != null && !alive) {
          return Step.ENDED;
        }
        if (alive && !run) {
          return Step.STOP;
        }
        if (alive) {
          answerStarts(Optional.empty());
        }
        long wait = WATCH_POLL.toNanos();
        if (running == null && run) {
          wait = Math.min(wait, notBeforeNanos - System.nanoTime());
          if (wait <= 0) {
            return Step.START;
          }
        } else if (running == null) {
          setState(EndpointState.IDLE);
          answerStarts(
              Optional.of(new ApiProblem(ProblemCode.CONFLICT, "the endpoint was stopped")));
        }
        long _ = changed.awaitNanos(wait);
      } finally {
        lock.unlock();
      }
    }
  }

  /// Called with the lock.
  private void answerStarts(Optional<ApiProblem> problem) {
    answerStarts(startRequests, problem);
  }

  /// Called with the lock.
  private void answerStarts(long requests, Optional<ApiProblem> problem) {
    if (startRequestsAnswered < requests) {
      startRequestsAnswered = requests;
      startProblem = problem;
      changed.signalAll();
    }
  }

  /// Called with the lock.
  private void setState(EndpointState newState) {
    if (state != newState) {
      state = newState;
      changed.signalAll();
    }
  }

  private void enter(EndpointState newState, String error) {
    lock.lock();
    try {
      lastError = error;
      setState(newState);
    } finally {
      lock.unlock();
    }
  }

  /// Finds the compute that an earlier control plane has started.
  private void adopt() {
    Optional<Launch> launch = Launch.live(directory.path());
    Optional<Endpoint> endpoint = store.find(endpointId);
    if (launch.isPresent() && endpoint.isPresent()) {
      compute = ComputeProcess.adopt(launch.get(), specs.httpAddress(endpoint.get()));
      activeSinceNanos = System.nanoTime();
      LOG.log(
          Level.INFO,
          "endpoint {0} runs as process {1}",
          endpointId,
          Long.toString(launch.get().pid()));
      enter(EndpointState.ACTIVE, "");
    }
  }

  private void attemptStart() throws InterruptedException {
    enter(EndpointState.STARTING, view().lastError());
    // Who asks while this attempt runs, asks for the next one.
    long requests = requestsSoFar();
    long begin = System.nanoTime();
    try {
      startCompute();
      metrics.started(System.nanoTime() - begin);
      activeSinceNanos = System.nanoTime();
      enter(EndpointState.ACTIVE, "");
      lock.lock();
      try {
        answerStarts(Optional.empty());
      } finally {
        lock.unlock();
      }
    } catch (ApiProblem problem) {
      startFailed(problem, requests);
    } catch (IOException | MetadataException e) {
      startFailed(
          new ApiProblem(ProblemCode.INTERNAL, String.valueOf(e.getMessage()), e), requests);
    }
  }

  private long requestsSoFar() {
    lock.lock();
    try {
      return startRequests;
    } finally {
      lock.unlock();
    }
  }

  private void startCompute() throws ApiProblem, IOException, InterruptedException {
    Endpoint endpoint =
        store
            .find(endpointId)
            .orElseThrow(() -> new ApiProblem(ProblemCode.NOT_FOUND, "no endpoint " + endpointId));
    specs.checkStorage(endpoint);
    leftovers.kill();
    long number = store.nextStart(endpointId);
    directory.deleteStartsBut(number);
    Path start = directory.createStart(number);
    ComputeSpec spec = specs.of(endpoint, start);
    PrivateFile.write(directory.spec(), JsonCodec.toPrettyText(spec) + "\n");
    ComputeProcess process =
        ComputeProcess.start(program, directory, number, specs.httpAddress(endpoint));
    compute = process;
    LOG.log(
        Level.INFO,
        "endpoint {0}: start {1} as process {2}",
        endpointId,
        Long.toString(number),
        Long.toString(process.pid()));
    awaitRunning(process);
  }

  private void awaitRunning(ComputeProcess process) throws ApiProblem, InterruptedException {
    StartPatience patience = new StartPatience(START_TIMEOUT, System.nanoTime());
    String last = "";
    while (process.isAlive() && !patience.isOver(System.nanoTime())) {
      try {
        ComputeStatus status = process.status();
        patience.heard(status, System.nanoTime());
        last = status.waitsFor();
        if ("running".equals(status.status())) {
          return;
        }
      } catch (IOException e) {
        // It does not listen yet.
        last = "it does not answer: " + e.getMessage();
      }
      if (isStopWanted()) {
        throw new ApiProblem(ProblemCode.CONFLICT, "the endpoint was stopped while it started");
      }
      Thread.sleep(START_POLL);
    }
    if (process.isAlive()) {
      process.logThreads(directory.log());
      throw new ApiProblem(
          ProblemCode.DEADLINE_EXCEEDED,
          "the compute was not running, and did not get on, for "
              + START_TIMEOUT.toSeconds()
              + " s ("
              + last
              + "), see "
              + directory.log());
    }
    ComputeExit exit = ComputeExit.read(directory.start(process.startNumber()));
    throw new ApiProblem(ProblemCode.UNAVAILABLE, exit.describe() + "; see " + directory.log());
  }

  private boolean isStopWanted() {
    lock.lock();
    try {
      return closed || held || !wanted;
    } finally {
      lock.unlock();
    }
  }

  /// @param requests those that this attempt answers
  private void startFailed(ApiProblem problem, long requests) throws InterruptedException {
    if (isClosed()) {
      // The next control plane adopts it as it is.
      return;
    }
    LOG.log(Level.ERROR, "endpoint {0} did not start: {1}", endpointId, problem.detail());
    metrics.startFailed();
    boolean asked;
    lock.lock();
    try {
      asked = startRequestsAnswered < requests && startRequests == requests;
    } finally {
      lock.unlock();
    }
    removeCompute();
    if (asked) {
      // Whoever asked is told; it is for him to ask again.
      store.setWanted(endpointId, false);
    }
    lock.lock();
    try {
      lastError = problem.detail();
      if (asked) {
        wanted = false;
      }
      answerStarts(requests, Optional.of(problem));
      boolean askedAgain = startRequests > requests;
      Duration pause = askedAgain ? Duration.ZERO : backOff.after(Duration.ZERO);
      notBeforeNanos = System.nanoTime() + pause.toNanos();
      setState(EndpointState.IDLE);
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /// The compute is gone without having been asked.
  private void computeEnded() throws InterruptedException {
    ComputeProcess ended = compute;
    if (ended == null) {
      return;
    }
    ComputeExit exit = ComputeExit.read(directory.start(ended.startNumber()));
    LOG.log(Level.WARNING, "endpoint {0}: {1}", endpointId, exit.describe());
    metrics.ended();
    compute = null;
    removeCompute();
    if (exit.isFenced()) {
      store.setWanted(endpointId, false);
    }
    Duration ranFor = Duration.ofNanos(System.nanoTime() - activeSinceNanos);
    lock.lock();
    try {
      lastError = exit.describe();
      if (exit.isFenced()) {
        wanted = false;
      }
      notBeforeNanos = System.nanoTime() + backOff.after(ranFor).toNanos();
      setState(EndpointState.IDLE);
    } finally {
      lock.unlock();
    }
  }

  private void stopCompute() throws InterruptedException {
    ComputeProcess running = compute;
    if (running == null) {
      return;
    }
    enter(EndpointState.STOPPING, "");
    String mode;
    lock.lock();
    try {
      mode = stopMode;
    } finally {
      lock.unlock();
    }
    try {
      running.terminate(mode, FAST_STOP_TIMEOUT);
    } catch (IOException | ApiProblem e) {
      LOG.log(Level.WARNING, "endpoint {0} did not take the stop: {1}", endpointId, e.getMessage());
      running.signalTerminate();
    }
    long deadline = System.nanoTime() + EXIT_TIMEOUT.toNanos();
    while (running.isAlive() && System.nanoTime() < deadline) {
      Thread.sleep(START_POLL);
    }
    removeCompute();
    backOff.reset();
    enter(EndpointState.IDLE, "");
  }

  /// Leaves neither process nor data directory behind.
  private void removeCompute() throws InterruptedException {
    try {
      leftovers.kill();
      directory.deleteStartsBut(0);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "cleaning up after endpoint " + endpointId, e);
    }
    compute = null;
  }
}
