package dev.argon.controlplane.branch;

import dev.argon.controlplane.Ids;
import dev.argon.controlplane.metadata.Operation;
import dev.argon.controlplane.metadata.OperationStore;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Runs operations, each on a virtual thread of its own, and keeps their log. Who asked may wait
/// for the end; the operation goes on if he does not.
public final class Operations implements AutoCloseable {

  private static final Logger LOG = System.getLogger(Operations.class.getName());

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final OperationStore store;
  private final Ids ids;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("operation-", 0).factory());

  public Operations(OperationStore store, Ids ids) {
    this.store = store;
    this.ids = ids;
  }

  /// What an operation does.
  @FunctionalInterface
  public interface Task {
    void run() throws ApiProblem, InterruptedException;
  }

  /// Whose operation it is; ids that do not apply are empty.
  public record Subject(String projectId, String branchId, String endpointId) {}

  /// An operation that has begun.
  public final class Running {
    private final String id;
    private final Future<?> end;

    private Running(String id, Future<?> end) {
      this.id = id;
      this.end = end;
    }

    /// Waits for the end.
    ///
    /// @return the operation, still `running` if the time was over first
    /// @throws ApiProblem why it failed
    public Operation await(Duration timeout) throws ApiProblem, InterruptedException {
      try {
        end.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        LOG.log(Level.DEBUG, "operation {0} goes on", id);
      } catch (ExecutionException e) {
        throw problem(e.getCause() == null ? e : e.getCause());
      }
      return store
          .find(id)
          .orElseThrow(() -> new ApiProblem(ProblemCode.NOT_FOUND, "no operation " + id));
    }
  }

  /// Starts an operation.
  public Running start(Subject subject, String action, Task task) {
    Operation operation =
        store.begin(
            ids.operation(), subject.projectId(), subject.branchId(), subject.endpointId(), action);
    Future<?> end =
        threads.submit(() -> {
          run(operation, task);
          return operation;
        });
    return new Running(operation.id(), end);
  }

  private void run(Operation operation, Task task) throws ApiProblem, InterruptedException {
    try {
      task.run();
      store.end(operation.id(), "");
    } catch (InterruptedException e) {
      // The control plane is closing; the operation is taken up again at the next start.
      throw e;
    } catch (ApiProblem | RuntimeException e) {
      LOG.log(Level.ERROR, operation.action() + " failed: " + e.getMessage());
      store.end(operation.id(), problem(e).detail());
      throw e;
    }
  }

  private static ApiProblem problem(Throwable cause) {
    if (cause instanceof ApiProblem known) {
      return new ApiProblem(known.code(), known.detail(), known);
    }
    return new ApiProblem(ProblemCode.INTERNAL, cause.toString(), cause);
  }

  @Override
  public void close() {
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.log(Level.WARNING, "an operation did not stop in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
