package dev.argon.waltools.replay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Files that can be written side by side, because none depends on another. Collected first, then
/// written by several threads, the largest first. No file is given to two threads: Linux lets one
/// at a time write to a file.
final class FileTasks {

  /// Writes one file.
  @FunctionalInterface
  interface Task {
    void run() throws IOException;
  }

  private record Sized(long bytes, Task task) {}

  private final List<Sized> tasks = new ArrayList<>();

  void add(long bytes, Task task) {
    tasks.add(new Sized(bytes, task));
  }

  /// Returns when all is written, or throws what the first one that failed has thrown, when no
  /// thread is at work any more.
  void run(int threads) throws IOException {
    tasks.sort(Comparator.comparingLong(Sized::bytes).reversed());
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<Boolean>> results = new ArrayList<>();
      for (Sized sized : tasks) {
        results.add(
            executor.submit(() -> {
              sized.task().run();
              return true;
            }));
      }
      try {
        for (Future<Boolean> result : results) {
          boolean _ = result.get();
        }
      } catch (ExecutionException e) {
        executor.shutdownNow();
        throw cause(e);
      } catch (InterruptedException e) {
        executor.shutdownNow();
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    tasks.clear();
  }

  private static IOException cause(ExecutionException e) {
    return switch (e.getCause()) {
      case IOException io -> io;
      case RuntimeException unchecked -> throw unchecked;
      case Error error -> throw error;
      case null, default -> new IOException(e);
    };
  }
}
