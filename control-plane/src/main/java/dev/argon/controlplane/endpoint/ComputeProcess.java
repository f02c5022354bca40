package dev.argon.controlplane.endpoint;

import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.ProcessIdentity;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// One running compute, started by this control plane or by the one before it.
final class ComputeProcess {

  private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(5);

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

  void signalTerminate() {
    ProcessHandle.of(launch.pid()).filter(p -> isAlive()).ifPresent(ProcessHandle::destroy);
  }
}
