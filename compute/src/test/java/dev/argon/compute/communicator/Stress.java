package dev.argon.compute.communicator;

import dev.argon.compute.communicator.StressSession.FoundException;
import dev.argon.pgwire.PgErrorException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// The real shim and the real communicator under everything that can go on at the same time:
/// sessions that read, change, extend and truncate, a cache that is too small, and a pageserver as
/// of [RoughPages].
final class Stress implements AutoCloseable {

  static final int SESSIONS = 10;

  private static final String[] LIMITS = {"0", "1MB", "0", "3MB"};
  private static final long FINISH_SECONDS = 60;

  final ShimServer server;
  final RoughPages rough;
  final WalPages wal;
  private final ShimStack stack;
  private final List<StressSession> sessions = new ArrayList<>();
  private final Random random;
  private final AtomicReference<Optional<String>> found = new AtomicReference<>(Optional.empty());
  private volatile boolean over;

  /// @param directory empty
  /// @param library of the shim
  Stress(Path directory, Path library, long seed) throws Exception {
    random = new Random(seed);
    stack =
        ShimStack.start(
            directory,
            library,
            Map.of(
                "wal_keep_size", "16GB",
                "shared_buffers", "1MB",
                "checkpoint_timeout", "30s",
                "autovacuum", "off",
                "statement_timeout", "60s"));
    server = stack.server();
    wal = stack.cluster().walPages(server.data);
    rough =
        new RoughPages(
            stack.cluster().pagesOf(server.memory, wal, server::wakeWorker), random.nextLong());
    stack.pages().pages(rough);
    for (int i = 0; i < SESSIONS; i++) {
      server.execute(StressSession.tableOf(i));
      sessions.add(new StressSession(server, i, SESSIONS, random.nextLong()));
    }
  }

  /// Goes on for so long, or until something is found.
  ///
  /// @return what is not as it must be
  Optional<String> run(long seconds) throws IOException, InterruptedException, PgErrorException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    rough.rough(true);
    List<Thread> threads =
        sessions.stream().map(session -> Thread.ofVirtual().start(() -> work(session))).toList();
    for (int turn = 0; found.get().isEmpty() && System.nanoTime() < end; turn++) {
      if (turn % 20 == 0) {
        server.cacheLimit(LIMITS[turn / 20 % LIMITS.length]);
      }
      switch (random.nextInt(12)) {
        case 0 -> stack.pages().breakConnections();
        case 1, 2, 3 -> sessions.get(random.nextInt(SESSIONS)).cancel();
        default -> {} // let them work
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
    over = true;
    rough.rough(false);
    for (Thread thread : threads) {
      if (!thread.join(Duration.ofSeconds(FINISH_SECONDS))) {
        note("a session does not end");
      }
    }
    if (found.get().isEmpty()) {
      sessions.forEach(session -> guarded(session::verify));
    }
    return found.get();
  }

  private interface Step {
    void run() throws FoundException, IOException;
  }

  private void work(StressSession session) {
    while (!over && found.get().isEmpty()) {
      guarded(session::step);
    }
  }

  private void guarded(Step step) {
    try {
      step.run();
    } catch (FoundException | IOException | RuntimeException e) {
      note(e.toString());
    }
  }

  private void note(String finding) {
    var _ = found.compareAndSet(Optional.empty(), Optional.of(finding));
  }

  long statements() {
    return sessions.stream().mapToLong(StressSession::statements).sum();
  }

  long failures() {
    return sessions.stream().mapToLong(StressSession::failures).sum();
  }

  @Override
  public void close() throws IOException {
    sessions.forEach(StressSession::close);
    stack.close();
  }
}
