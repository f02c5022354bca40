package dev.argon.controlplane.endpoint;

import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.ProcessIdentity;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/// One running compute, started by this control plane or by the one before it.
final class ComputeProcess {

  private static final Logger LOG = System.getLogger(ComputeProcess.class.getName());
  private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration THREADS_TIMEOUT = Duration.ofSeconds(10);

  private final Launch launch;
  private final HttpJsonClient http;

  private ComputeProcess(Launch launch, HostPort httpAddress) {
    this.launch = launch;
    this.http = new HttpJsonClient(httpAddress, STATUS_TIMEOUT);
  }

  static ComputeProcess adopt(Launch launch, HostPort httpAddress) {
    return new ComputeProcess(launch, httpAddress);
  }

  /// Starts a compute in a session of its own: signals to the control plane's terminal or group do
  /// not reach it.
  static ComputeProcess start(
      ComputeProgram program, EndpointDirectory directory, long startNumber, HostPort httpAddress)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add("setsid");
    command.addAll(program.command());
    command.addAll(List.of("--spec", directory.spec().toString()));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.path().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.log().toFile()))
            .start();
    process.getOutputStream().close();
    OptionalLong ticks = ProcessIdentity.startTicksOf(process.pid());
    if (ticks.isEmpty()) {
      throw new IOException("the compute ended at once, see " + directory.log());
    }
    Launch launch = new Launch(process.pid(), ticks.getAsLong(), startNumber);
    launch.write(directory.path());
    return new ComputeProcess(launch, httpAddress);
  }

  long pid() {
    return launch.pid();
  }

  long startNumber() {
    return launch.startNumber();
  }

  boolean isAlive() {
    return launch.identity().isAlive();
  }

  ComputeStatus status() throws IOException, ApiProblem {
    return http.get("/status", ComputeStatus.class);
  }

  /// Asks it to end; answered when PostgreSQL has.
  ///
  /// @param mode `fast` or `immediate`
  void terminate(String mode, Duration timeout) throws IOException, ApiProblem {
    byte[] _ = http.withTimeout(timeout).send("POST", "/terminate?mode=" + mode, new byte[0]);
  }

  /// Has the JVM tell what its threads do, at the end of `log`.
  void logThreads(Path log) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                  Long.toString(pid()),
                  "Thread.print")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      if (!process.waitFor(THREADS_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      LOG.log(
          Level.WARNING,
          "process {0} does not say what it does: {1}",
          Long.toString(pid()),
          e.getMessage());
    }
  }

  void signalTerminate() {
    ProcessHandle.of(launch.pid()).filter(p -> isAlive()).ifPresent(ProcessHandle::destroy);
  }
}
