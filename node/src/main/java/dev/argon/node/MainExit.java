package dev.argon.node;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;

/// The frame of every `main`: what the body returns or throws becomes the exit code and at most one
/// line in the log.
public final class MainExit {

  /// An error of ours: the log has the stack trace.
  public static final int CRASHED = 1;

  /// A thread without which others would wait for ever has failed: the log has the stack trace. A
  /// compute is started again by the control plane, any other process by the next `argon up`.
  public static final int THREAD_FAILED = 70;

  private MainExit() {}

  /// What a process does from its start to its end.
  @FunctionalInterface
  public interface Body {
    /// @return the exit code
    int run(Shutdown shutdown) throws Exception;
  }

  /// Runs the body on this thread and ends the JVM; never returns normally.
  ///
  /// @param process the kind and name in log lines, as in `safekeeper-1`
  public static void run(String process, Body body) {
    LogSetup.toStandardError(process);
    Thread.setDefaultUncaughtExceptionHandler(MainExit::uncaught);
    Shutdown shutdown = Shutdown.install();
    shutdown.ended(exitCode(process, body, shutdown));
  }

  /// An exception ends the work of one thread, which others can do again. After an error (no
  /// memory, a class that cannot be linked) nobody knows what does not run any more.
  private static void uncaught(Thread thread, Throwable reason) {
    if (reason instanceof Error) {
      threadFailed(thread, reason);
    } else {
      System.getLogger(MainExit.class.getName())
          .log(Level.ERROR, "thread " + thread.getName() + " ended by an exception", reason);
    }
  }

  /// Ends the process at once because a thread has failed.
  public static void threadFailed(Thread thread, Throwable reason) {
    try {
      System.getLogger(MainExit.class.getName())
          .log(Level.ERROR, "thread " + thread.getName() + " failed, this process ends", reason);
    } finally {
      Runtime.getRuntime().halt(THREAD_FAILED);
    }
  }

  private static int exitCode(String process, Body body, Shutdown shutdown) {
    Logger log = System.getLogger(process);
    try {
      return body.run(shutdown);
    } catch (ExitException e) {
      log.log(Level.ERROR, e.getMessage());
      return e.exitCode();
    } catch (BindException e) {
      log.log(Level.ERROR, e.getMessage());
      return ExitException.COULD_NOT_START;
    } catch (InterruptedException e) {
      log.log(Level.ERROR, "interrupted", e);
      return CRASHED;
    } catch (Exception | Error e) {
      log.log(Level.ERROR, "the process ends by an error", e);
      return CRASHED;
    }
  }
}
