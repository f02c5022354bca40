package dev.argon.distribution;

import dev.argon.cli.CliMain;
import dev.argon.node.Done;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.ManagementServer;
import dev.argon.node.Metrics;
import dev.argon.node.ProcessStatus;
import dev.argon.node.Response;
import dev.argon.node.Router;
import dev.argon.node.StandardRoutes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/// The training run for the AOT cache (JEP 483, 514) that every process of ours starts with: loads
/// all classes of our own jars, does once what each process does at its start, and fetches pages
/// until their code is compiled: how it is used goes into the cache (JEP 515), too. Run by the
/// launcher after a build; the class path is the same for all programs, so one cache serves all.
public final class StartTraining {

  private static final String CLASS = ".class";
  private static final List<String> PREFIXES =
      List.of("dev/argon/", "io/avaje/json", "picocli/", "io/prometheus/metrics/", "org/sqlite/");

  private StartTraining() {}

  /// @param arguments the directory of the jars
  public static void main(String[] arguments) throws Exception {
    try (Stream<Path> entries = Files.list(Path.of(arguments[0]))) {
      for (Path jar : entries.filter(file -> file.toString().endsWith(".jar")).toList()) {
        loadClasses(jar);
      }
    }
    exchange();
    PageTraining.run();
    int _ = CliMain.run(new String[] {"--help"});
  }

  private static void loadClasses(Path jar) throws IOException {
    List<String> names;
    try (JarFile file = new JarFile(jar.toFile());
        Stream<String> entries = file.stream().map(Object::toString)) {
      names = entries.filter(StartTraining::isWanted).toList();
    }
    for (String name : names) {
      try {
        Class<?> _ =
            Class.forName(
                name.substring(0, name.length() - CLASS.length()).replace('/', '.'),
                false,
                StartTraining.class.getClassLoader());
      } catch (ClassNotFoundException | LinkageError e) {
        // It needs a library that we do not have; then no process loads it either.
        System.err.println("left out: " + name);
      }
    }
  }

  private static boolean isWanted(String entry) {
    return entry.endsWith(CLASS)
        && !entry.contains("-info")
        && !entry.startsWith("META-INF/")
        && PREFIXES.stream().anyMatch(entry::startsWith);
  }

  /// A server and a client, with JSON both ways.
  private static void exchange() throws Exception {
    Router router = new Router().post("/training", request -> Response.done());
    StandardRoutes.addTo(router, StartTraining::status, new Metrics());
    try (ManagementServer server = ManagementServer.start(new HostPort("127.0.0.1", 0), router)) {
      HttpJsonClient client = new HttpJsonClient(server.address());
      client.get("/v1/status", ProcessStatus.class);
      client.getBytes("/metrics");
      client.post("/training", new Done(null), Done.class);
    }
  }

  private static ProcessStatus status() {
    return new ProcessStatus(
        "training",
        "training",
        1,
        Map.of("http", "127.0.0.1:1"),
        "none",
        ProcessStatus.OK,
        List.of(),
        List.of(new ProcessStatus.TimelineLsns("none", "none", Map.of("flush_lsn", "0/0"))));
  }
}
