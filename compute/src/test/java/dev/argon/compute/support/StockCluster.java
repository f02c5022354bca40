package dev.argon.compute.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// A cluster made by stock PostgreSQL, stopped. When the tests run as root PostgreSQL runs as the
/// user `postgres`.
public final class StockCluster {

  public static final Path BIN = Path.of("/usr/lib/postgresql/15/bin");
  public static final String SUPERUSER = "argon";
  public static final String PASSWORD = "secret";

  private static final long TIMEOUT_SECONDS = 120;

  /// initdb takes seconds, a copy of what it made none.
  private static final Map<List<String>, Path> TEMPLATES = new HashMap<>();

  private static final ReentrantLock TEMPLATES_LOCK = new ReentrantLock();

  private final Path data;

  private StockCluster(Path data) {
    this.data = data;
  }

  /// A cluster some of whose rows are there before the compute starts: table `before` with 1000.
  ///
  /// @param more statements of one line that are run as well
  public static StockCluster create(Path directory, String... more)
      throws IOException, InterruptedException {
    Path data = directory.resolve("cluster");
    run("chown", "-R", owner(), directory.toString());
    run("cp", "-a", template(List.of(more)).toString(), data.toString());
    return new StockCluster(data);
  }

  private static Path template(List<String> more) throws IOException, InterruptedException {
    TEMPLATES_LOCK.lock();
    try {
      Path known = TEMPLATES.get(more);
      if (known != null) {
        return known;
      }
      Path directory = Files.createTempDirectory("argon-stock-cluster");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
      Path made = make(directory, more);
      TEMPLATES.put(more, made);
      return made;
    } finally {
      TEMPLATES_LOCK.unlock();
    }
  }

  private static void delete(Path directory) {
    try {
      run("rm", "-rf", directory.toString());
    } catch (IOException | InterruptedException e) {
      System.err.println("left behind: " + directory + ": " + e);
    }
  }

  private static Path make(Path directory, List<String> more)
      throws IOException, InterruptedException {
    Path data = directory.resolve("cluster");
    Path password = directory.resolve("password");
    Files.writeString(password, PASSWORD);
    run("chown", "-R", owner(), directory.toString());
    server(
        BIN.resolve("initdb").toString(),
        "--no-sync",
        "--locale=C.UTF-8",
        "--encoding=UTF8",
        "-U",
        SUPERUSER,
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--pwfile=" + password,
        "-D",
        data.toString());
    StockCluster cluster = new StockCluster(data);
    cluster.sql(
        "create table before as select i, repeat('x', 100) as t from generate_series(1, 1000) i;");
    for (String statement : more) {
      cluster.sql(statement);
    }
    return data;
  }

  /// Takes what a compute has left after a clean stop.
  public static StockCluster ofStopped(Path data) {
    return new StockCluster(data);
  }

  public Path data() {
    return data;
  }

  /// Runs a statement in single-user mode, which ends with a shutdown checkpoint.
  private void sql(String statement) throws IOException, InterruptedException {
    List<String> command =
        command(BIN.resolve("postgres").toString(), "--single", "-D", data.toString(), "postgres");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    process.getOutputStream().write((statement + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    await(process, command, "");
  }

  private static void server(String... arguments) throws IOException, InterruptedException {
    run(command(arguments).toArray(String[]::new));
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static String owner() {
    return isRoot() ? "postgres:" : System.getProperty("user.name");
  }

  /// The command line that runs `arguments` as the server's user.
  public static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      command.addAll(
          List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"));
    }
    command.addAll(List.of(arguments));
    return command;
  }

  /// Runs a command and returns what it said.
  public static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    await(process, List.of(command), said);
    return said;
  }

  private static void await(Process process, List<String> command, String said)
      throws IOException, InterruptedException {
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(String.join(" ", command) + " does not end");
    }
    if (process.exitValue() != 0) {
      throw new IOException(
          String.join(" ", command) + " ended with " + process.exitValue() + ": " + said);
    }
  }
}
