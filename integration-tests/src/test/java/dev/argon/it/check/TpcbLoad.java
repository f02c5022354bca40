package dev.argon.it.check;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// [Pgbench] in the background, run after run, until it is told to end. A client that meets an
/// error ends it as an error.
public final class TpcbLoad implements AutoCloseable {

  private static final int RUN_SECONDS = 10;

  private final Pgbench pgbench;
  private final int clients;
  private volatile boolean stopping;
  private CompletableFuture<Long> processed = CompletableFuture.completedFuture(0L);

  public TpcbLoad(Pgbench pgbench, int clients) {
    this.pgbench = pgbench;
    this.clients = clients;
  }

  public void start() {
    processed = CompletableFuture.supplyAsync(this::run, Thread.ofVirtual()::start);
  }

  private long run() {
    long all = 0;
    while (!stopping) {
      all += pgbench.tpcb(clients, RUN_SECONDS).processed();
    }
    return all;
  }

  /// Lets the run that is under way come to its end.
  ///
  /// @return how many transactions were acknowledged in all
  /// @throws AssertionError if a client has met an error
  public long stop() {
    stopping = true;
    try {
      return processed.join();
    } catch (CompletionException e) {
      throw new AssertionError("pgbench: " + e.getCause(), e);
    }
  }

  /// Waits for the end of the run that is under way, whatever comes of it.
  @Override
  public void close() {
    stopping = true;
    try {
      long _ = processed.join();
    } catch (CompletionException e) {
      return; // what has come of it is told by [#stop]
    }
  }
}
