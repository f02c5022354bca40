package dev.argon.it.stack;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.LogTail;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.process.TestDirectory;
import dev.argon.postgres.server.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/// An Argon on this machine, driven by `./argon` as its users do. Closing it stops every process by
/// its pid and deletes the directory.
public final class Stack implements AutoCloseable {

  /// The first start also builds the shim and makes the cluster.
  private static final Duration COMMAND_LIMIT = Duration.ofMinutes(3);

  /// Maven and the C compiler, when sources changed since the last build.
  private static final Duration BUILD_LIMIT = Duration.ofMinutes(20);

  private static final AtomicBoolean BUILT = new AtomicBoolean();

  private static final int PORTS = 60;
  private static final int LOG_LINES = 40;

  private final Path home = Path.of(System.getProperty("argon.root", "..")).toAbsolutePath();
  private final Path directory;
  private final Path data;
  private final int portBase = FreePorts.block(PORTS);
  private final Map<String, String> environment = new ConcurrentHashMap<>();

  private final List<Runnable> beforeDeletion = new ArrayList<>();

  public Stack(String name) {
    directory = TestDirectory.create(name);
    data = directory.resolve("d");
    if (BUILT.compareAndSet(false, true)) {
      command("--help").run(BUILD_LIMIT).ok();
    }
    OpenStacks.add(this);
  }

  /// Added to the environment of every command from now on, and so of what it starts.
  public Stack with(Map<String, String> variables) {
    environment.putAll(variables);
    return this;
  }

  public Stack without(Map<String, String> variables) {
    variables.keySet().forEach(environment::remove);
    return this;
  }

  /// A directory for the test's own files; the stack's data lies below it.
  public Path workspace() {
    return directory;
  }

  public Path data() {
    return data;
  }

  public int portBase() {
    return portBase;
  }

  /// What the stack's storage nodes show each other; empty if it has no keys.
  public String storageToken() {
    try {
      return Files.readString(data.resolve("keys").resolve("storage.token")).strip();
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      throw new AssertionError("token", e);
    }
  }

  /// The same of the open stack that a port belongs to; empty if it belongs to none.
  public static String storageToken(int port) {
    return OpenStacks.all().stream()
        .filter(stack -> port >= stack.portBase && port < stack.portBase + PORTS)
        .findFirst()
        .map(Stack::storageToken)
        .orElse("");
  }

  /// `argon WORDS --data DIR`, whatever comes of it.
  public Command.Result argon(String... words) {
    return command(words).run(COMMAND_LIMIT);
  }

  /// The command, not yet run.
  public Command command(String... words) {
    List<String> all = new ArrayList<>();
    all.add(home.resolve("argon").normalize().toString());
    all.addAll(List.of(words));
    // what follows "--" is for psql
    int end = all.contains("--") ? all.indexOf("--") : all.size();
    all.addAll(end, List.of("--data", data.toString()));
    return new Command(all, environment, directory);
  }

  /// `argon up`, which must work.
  public Command.Result up() {
    return upCommand().run(COMMAND_LIMIT).ok();
  }

  public Command upCommand() {
    return command("up", "--port-base", Integer.toString(portBase));
  }

  public Command.Result down() {
    return argon("down").ok();
  }

  /// `argon endpoint set main KEY=VALUE ...`, and a restart so that they hold.
  public void set(String... settings) {
    List<String> words = new ArrayList<>(List.of("endpoint", "set", "main"));
    words.addAll(List.of(settings));
    argon(words.toArray(String[]::new)).ok();
    argon("endpoint", "stop", "main").ok();
    argon("endpoint", "start", "main").ok();
  }

  public Json statusJson() {
    return Json.parse(argon("status", "--json").ok().out());
  }

  public List<StackProcess> processes() {
    return statusJson().at("processes").list().stream().map(StackProcess::of).toList();
  }

  public List<StackProcess> processes(String kind) {
    return processes().stream().filter(process -> process.kind().equals(kind)).toList();
  }

  /// The one process of this name, which must run.
  public StackProcess process(String name) {
    return processes().stream()
        .filter(process -> process.name().equals(name) && process.pid() != 0)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no process " + name + " in " + statusJson()));
  }

  /// Where to connect for branch `main`.
  public ConnectionSource source() {
    return new ConnectionSource(argon("connection-string").ok().text());
  }

  /// Where to connect for a branch or an endpoint.
  public ConnectionSource source(String branchOrEndpoint) {
    return new ConnectionSource(argon("connection-string", branchOrEndpoint).ok().text());
  }

  /// `argon psql` with one statement; what it prints without decoration.
  public String psql(String sql) {
    return argon("psql", "--", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql)
        .ok()
        .text();
  }

  /// Waits until a session can do something.
  public void awaitServer(ConnectionSource source) {
    Awaitility.await("server at " + source.port())
        .atMost(Duration.ofMinutes(1))
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(() -> {
          try (Connection connection = source.open()) {
            return ConnectionSource.number(connection, "select 1") == 1;
          }
        });
  }

  // ---- what the processes offer over HTTP ----

  /// The first compute's Prometheus metrics by name and labels.
  public Map<String, Double> computeMetrics() {
    return metrics(computeHttp());
  }

  /// Where the compute answers HTTP; an endpoint keeps it over its starts.
  public String computeHttp() {
    return http(processes("compute").getFirst());
  }

  /// An endpoint's compute, which must run.
  public StackProcess compute(String endpoint) {
    return processes("compute").stream()
        .filter(process -> process.name().equals(endpoint) && process.pid() != 0)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no compute " + endpoint + " in " + statusJson()));
  }

  /// What `GET /status` of an endpoint's compute says.
  public Json computeStatus(String endpoint) {
    return Json.parse(Http.send("GET", http(compute(endpoint)) + "/status", ""));
  }

  /// As [#computeMetrics()], of an endpoint's compute.
  public Map<String, Double> computeMetrics(String endpoint) {
    return metrics(http(compute(endpoint)));
  }

  /// Prometheus metrics of a process by name and labels.
  ///
  /// @param http where it answers, as in [#computeHttp]
  public static Map<String, Double> metrics(String http) {
    Map<String, Double> metrics = new TreeMap<>();
    for (String line : Http.send("GET", http + "/metrics", "").lines().toList()) {
      int space = line.lastIndexOf(' ');
      if (!line.startsWith("#") && space > 0) {
        metrics.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
      }
    }
    return metrics;
  }

  /// Makes the pageserver wait before it ingests each piece of WAL of every timeline; 0 ends it.
  public void delayIngest(int millis) {
    StackProcess pageserver = processes("pageserver").getFirst();
    for (Json timeline : pageserver.all().at("timelines").list()) {
      Http.send(
          "PUT",
          "%s/v1/tenant/%s/timeline/%s/ingest_delay"
              .formatted(
                  http(pageserver),
                  timeline.at("tenant_id").text(),
                  timeline.at("timeline_id").text()),
          "{\"millis\": " + millis + "}");
    }
  }

  private static String http(StackProcess process) {
    String address = process.addresses().get("http");
    if (address == null) {
      throw new AssertionError("no HTTP address: " + process);
    }
    return "http://" + address;
  }

  // ---- processes ----

  /// Every process of this stack, by what `/proc` shows.
  public List<RunningProcess> running() {
    return RunningProcess.below(data);
  }

  /// The postmasters, whose command line names the data directory.
  public List<RunningProcess> postmasters() {
    return running().stream()
        .filter(process -> process.words().getFirst().endsWith("/bin/postgres"))
        .toList();
  }

  /// The JVM that runs a main class, such as `PageserverMain`; the newest one if there are several.
  public List<RunningProcess> jvms(String mainClass) {
    return running().stream()
        .filter(process -> process.words().stream().anyMatch(w -> w.endsWith("." + mainClass)))
        .toList();
  }

  /// SIGKILL to everything, in an order that the random numbers choose.
  public void killAll(Random random) {
    Awaitility.await("end of all processes")
        .atMost(Duration.ofMinutes(1))
        .pollDelay(Duration.ZERO)
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .until(() -> {
          List<RunningProcess> all = new ArrayList<>(running());
          Collections.shuffle(all, random);
          all.forEach(process -> RunningProcess.signal(process.pid(), "KILL"));
          return all.isEmpty();
        });
  }

  /// As [#killAll]; the computes' data directories go as well.
  public void killAllAndDeleteCaches(Random random) {
    killAll(random);
    deleteAbandoned(computeDirectories());
  }

  /// The directory of each start of each endpoint, as it is now.
  public List<Path> computeDirectories() {
    Path endpoints = data.resolve("endpoints");
    if (!Files.isDirectory(endpoints)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(endpoints, 2)) {
      return paths.filter(path -> path.getFileName().toString().startsWith("start-")).toList();
    } catch (IOException | UncheckedIOException e) {
      throw new AssertionError("cannot look into " + endpoints, e);
    }
  }

  /// Deletes those of the directories that no process works in any more.
  public void deleteAbandoned(List<Path> computeDirectories) {
    for (Path start : computeDirectories) {
      if (RunningProcess.below(start).isEmpty()) {
        TestDirectory.delete(start);
      }
    }
  }

  // ---- the end ----

  /// What a person would look at first: status and the last lines of every log.
  public String describe() {
    StringBuilder text = new StringBuilder("##### stack in " + data + "\n");
    try {
      text.append(command("status").run(Duration.ofSeconds(30))).append('\n');
    } catch (AssertionError e) {
      text.append(e.getMessage()).append('\n');
    }
    for (Path log : logs()) {
      text.append(LogTail.of(log, LOG_LINES));
    }
    return text.toString();
  }

  private List<Path> logs() {
    if (!Files.isDirectory(data)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(data, 3)) {
      return paths.filter(path -> path.toString().endsWith(".log")).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  /// Stops everything with `argon down` and sees that nothing is left.
  public void downAndNothingIsLeft() {
    down();
    List<RunningProcess> left = running();
    if (!left.isEmpty()) {
      throw new AssertionError("argon down left processes behind: " + left);
    }
  }

  /// Something to do between the end of the processes and the deletion of the directory.
  public void beforeDeletion(Runnable action) {
    beforeDeletion.add(action);
  }

  /// Inside of a test this waits for the test's end, so that the report of a failure still has
  /// something to look at.
  @Override
  public void close() {
    OpenStacks.release(this);
  }

  /// Kills what runs and deletes the directory.
  void remove() {
    killAll(new Random(0));
    beforeDeletion.forEach(Runnable::run);
    TestDirectory.delete(directory);
  }
}
