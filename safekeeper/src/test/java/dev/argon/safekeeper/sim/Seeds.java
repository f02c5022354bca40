package dev.argon.safekeeper.sim;

import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/// Seeds one after another, on several threads: what one comes to depends on nothing but itself.
final class Seeds {

  private static final int THREADS = Integer.getInteger("sim.threads", 2);

  private Seeds() {}

  /// Takes what a seed came to.
  @FunctionalInterface
  interface Taker<T, X extends Exception> {
    void take(T result) throws X;
  }

  /// Runs seeds from `first` on; results are taken in the order of seeds.
  ///
  /// @param more whether another one is to be begun
  static <T, X extends Exception> void run(
      long first, long count, BooleanSupplier more, LongFunction<T> seedRun, Taker<T, X> taker)
      throws X {
    ArrayDeque<Future<T>> running = new ArrayDeque<>();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      for (long i = 0; i < count && more.getAsBoolean(); i++) {
        long seed = first + i;
        running.add(threads.submit(() -> seedRun.apply(seed)));
        if (running.size() > 2 * THREADS) {
          taker.take(result(running.remove()));
        }
      }
      while (!running.isEmpty()) {
        taker.take(result(running.remove()));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static <T> T result(Future<T> run) {
    try {
      return run.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
