package dev.argon.safekeeper.api;

import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.postgres.CorruptDataException;
import dev.argon.safekeeper.timeline.RefusedException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Runs what requests have to do with files. Requests run on threads that may be interrupted, and
/// an interrupted thread closes the file it touches: so this is done by others.
public final class DiskWork implements AutoCloseable {

  /// Short work and long work (transfers, deletions) in the same few threads.
  private static final int THREADS = 4;

  private final ExecutorService threads =
      Executors.newFixedThreadPool(THREADS, Thread.ofPlatform().name("disk-", 0).factory());

  /// @throws ApiProblem if the work was refused
  <T> T run(Callable<T> work) throws Exception {
    try {
      return threads.submit(work).get();
    } catch (ExecutionException e) {
      throw switch (e.getCause()) {
        case RefusedException refused ->
            new ApiProblem(ProblemCode.CONFLICT, refused.reason(), refused);
        case ApiProblem problem -> problem;
        case CorruptDataException bad ->
            new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(bad.getMessage()), bad);
        case null, default -> e;
      };
    }
  }

  /// Takes no more work; what runs is finished.
  @Override
  public void close() {
    threads.shutdown();
  }
}
