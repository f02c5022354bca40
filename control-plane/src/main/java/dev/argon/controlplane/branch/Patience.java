package dev.argon.controlplane.branch;

import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import java.io.IOException;
import java.time.Duration;

/// Repeats a request to a storage node that is away or not ready, with pauses, until a deadline.
public final class Patience {

  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(2);

  private final long deadlineNanos;
  private final Duration total;

  public Patience(Duration total) {
    this.total = total;
    deadlineNanos = System.nanoTime() + total.toNanos();
  }

  /// What is repeated.
  @FunctionalInterface
  public interface Request<T> {
    T send() throws IOException, ApiProblem, InterruptedException;
  }

  /// @param what for the error, as in `pageserver 1`
  /// @throws ApiProblem what the node refused with, or UNAVAILABLE when the time is over
  public <T> T until(String what, Request<T> request) throws ApiProblem, InterruptedException {
    Duration pause = PAUSE;
    while (true) {
      String reason;
      try {
        return request.send();
      } catch (ApiProblem problem) {
        if (!isTransient(problem)) {
          throw problem;
        }
        reason = problem.detail();
      } catch (IOException e) {
        reason = String.valueOf(e.getMessage());
      }
      if (System.nanoTime() + pause.toNanos() > deadlineNanos) {
        throw new ApiProblem(
            ProblemCode.UNAVAILABLE,
            what
                + " did not do it within "
                + total.toSeconds()
                + " s: "
                + reason
                + "; see `argon status`");
      }
      Thread.sleep(pause);
      pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : pause.multipliedBy(2);
    }
  }

  static boolean isTransient(ApiProblem problem) {
    return switch (problem.code()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, LOCKED -> true;
      case BAD_REQUEST,
          UNAUTHORIZED,
          FORBIDDEN,
          NOT_FOUND,
          METHOD_NOT_ALLOWED,
          OUT_OF_RANGE,
          CONFLICT,
          PRECONDITION_FAILED,
          BODY_TOO_LARGE,
          REFUSED,
          INTERNAL ->
          false;
    };
  }
}
