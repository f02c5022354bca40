package dev.argon.controlplane;

import dev.argon.controlplane.endpoint.ComputeSpec;
import dev.argon.node.ApiProblem;
import dev.argon.node.ConfigFile;
import dev.argon.node.HostPort;
import dev.argon.node.MainExit;
import dev.argon.node.ManagementServer;
import dev.argon.node.ProblemCode;
import dev.argon.node.Response;
import dev.argon.node.Router;
import dev.argon.node.Shutdown;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A compute without PostgreSQL: answers its HTTP routes, ends when told, and ends as fenced when
/// there is a file `fence` beside its start directory. With a file `deaf` there it cannot be told
/// who its safekeepers are.
public final class FakeCompute {

  private static final int FENCED = 3;

  private FakeCompute() {}

  public static void main(String[] arguments) {
    MainExit.run("compute", shutdown -> run(arguments, shutdown));
  }

  private static int run(String[] arguments, Shutdown shutdown) throws Exception {
    ComputeSpec spec = ConfigFile.read(ConfigFile.option("--spec", arguments), ComputeSpec.class);
    Path directory = Path.of(spec.directory());
    Path refuse = directory.resolveSibling("refuse");
    if (Files.exists(refuse)) {
      write(directory, "could_not_start", "the fake refuses");
      return 4;
    }
    Router router =
        new Router()
            .get("/status", request -> text("{\"status\":\"running\",\"postgres_pid\":0}"))
            .post(
                "/notify-safekeepers",
                request -> {
                  if (Files.exists(directory.resolveSibling("deaf"))) {
                    throw new ApiProblem(ProblemCode.UNAVAILABLE, "the fake does not listen");
                  }
                  Files.write(directory.resolveSibling("told.json"), request.body());
                  return text("{}");
                })
            .post(
                "/configure",
                request -> {
                  Files.write(directory.resolveSibling("configured.json"), request.body());
                  return text("{\"status\":\"running\",\"postgres_pid\":0}");
                })
            .post(
                "/terminate",
                request -> {
                  shutdown.request();
                  return text("{\"lsn\":\"0/0\"}");
                });
    Path fence = directory.resolveSibling("fence");
    try (ManagementServer _ = ManagementServer.start(HostPort.parse(spec.httpAddress()), router)) {
      while (!shutdown.await(java.time.Duration.ofMillis(20))) {
        if (Files.exists(fence)) {
          write(directory, "fenced", "a newer compute was elected");
          return FENCED;
        }
      }
    }
    write(directory, "stopped", "as asked");
    return 0;
  }

  private static Response text(String json) {
    return new Response(200, "application/json", json.getBytes(StandardCharsets.UTF_8));
  }

  private static void write(Path directory, String reason, String message)
      throws java.io.IOException {
    Files.writeString(
        directory.resolve("compute-exit.json"),
        "{\"reason\":\"" + reason + "\",\"message\":\"" + message + "\",\"lsn\":\"0/0\"}");
  }
}
