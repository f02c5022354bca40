package dev.argon.compute.postgres;

import java.io.File;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/// A running PostgreSQL server: the postmaster, which is this process's child, and through it all
/// its children. Its standard error is ours.
public final class Postmaster {

  private static final Logger LOG = System.getLogger(Postmaster.class.getName());

  private final Process process;

  private Postmaster(Process process) {
    this.process = process;
  }

  /// Starts the server, from a thread that lives as long as the server does: the kernel ends the
  /// server (as by SIGQUIT) when the thread that made it ends, as it does with this JVM.
  ///
  /// @param dataDirectory made by this compute, 0700
  public static Postmaster start(Path server, Path dataDirectory, ServerSettings settings)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("/usr/bin/setpriv", "--pdeathsig", "QUIT", "--"));
    command.addAll(List.of(server.toString(), "-D", dataDirectory.toString()));
    command.addAll(settings.arguments());
    CompletableFuture<Process> started = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("postmaster")
        .start(() -> runServer(new ProcessBuilder(command), started));
    try {
      Postmaster postmaster = new Postmaster(started.get());
      LOG.log(Level.INFO, "PostgreSQL starts, pid {0}", Long.toString(postmaster.pid()));
      return postmaster;
    } catch (ExecutionException e) {
      throw new IOException("cannot start " + server, e.getCause());
    }
  }

  private static void runServer(ProcessBuilder server, CompletableFuture<Process> started) {
    try {
      Process process =
          server
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
              .redirectOutput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      started.complete(process);
      process.waitFor();
    } catch (IOException e) {
      started.completeExceptionally(e);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; if somebody does, the server ends with it.
      Thread.currentThread().interrupt();
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// The exit status, as a shell would show it, once it has ended.
  public OptionalInt exitStatus() {
    return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
  }

  /// Calls `action` with the exit status, once, when the postmaster has ended.
  public void whenEnded(IntConsumer action) {
    CompletableFuture<Void> _ =
        process.onExit().thenAccept(ended -> action.accept(ended.exitValue()));
  }

  /// Sends the postmaster a signal; nothing if it has ended.
  public void signal(Signal signal) {
    if (process.isAlive()) {
      Posix.kill(process.pid(), signal);
    }
  }

  /// Waits until the postmaster has ended.
  ///
  /// @return whether it has
  public boolean awaitExit(Duration timeout) throws InterruptedException {
    return process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Ends the server and every child of it now, without a checkpoint: first as an immediate
  /// shutdown, so that it removes its shared memory, then by SIGKILL.
  public void endAtOnce(Duration patience) throws InterruptedException {
    List<ProcessHandle> children = process.descendants().toList();
    signal(Signal.QUIT);
    children.forEach(child -> Posix.kill(child.pid(), Signal.QUIT));
    if (!process.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS)) {
      LOG.log(Level.WARNING, "PostgreSQL does not end by itself: it is killed");
      children = process.descendants().toList();
      signal(Signal.KILL);
      process.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS);
    }
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
