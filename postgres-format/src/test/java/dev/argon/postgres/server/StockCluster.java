package dev.argon.postgres.server;

import dev.argon.postgres.wal.WalLayout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A cluster of the installed PostgreSQL in a temporary directory, reached over a socket in that
/// directory only. Closing stops the server and deletes everything.
public final class StockCluster implements AutoCloseable {

  private static final Path BINARIES = Path.of("/usr/lib/postgresql/15/bin");
  private static final long COMMAND_SECONDS_MAX = 120;

  private final Path directory;
  private final Path data;
  private boolean running;

  private StockCluster(Path directory) {
    this.directory = directory;
    this.data = directory.resolve("data");
  }

  /// Runs initdb.
  public static StockCluster create(String... initdbOptions)
      throws IOException, InterruptedException {
    return initialise(Files.createTempDirectory("stock"), initdbOptions);
  }

  /// As [#create], in a directory below `parent`: for more data than a memory file system holds.
  public static StockCluster createIn(Path parent, String... initdbOptions)
      throws IOException, InterruptedException {
    return initialise(Files.createTempDirectory(parent, "stock"), initdbOptions);
  }

  private static StockCluster initialise(Path directory, String... initdbOptions)
      throws IOException, InterruptedException {
    StockCluster cluster = new StockCluster(directory);
    if (isRoot()) {
      run(List.of("chown", "postgres", directory.toString()), "");
    }
    List<String> command =
        new ArrayList<>(
            List.of("initdb", "-N", "-A", "trust", "-U", "postgres", "--no-instructions"));
    command.addAll(List.of("--locale=C", "-E", "UTF8", "-D", cluster.data.toString()));
    command.addAll(List.of(initdbOptions));
    cluster.postgres(command, "");
    return cluster;
  }

  /// A cluster on a data directory that exists; a copy of it is used.
  public static StockCluster of(Path existing) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("stock");
    StockCluster cluster = new StockCluster(directory);
    run(List.of("cp", "-a", existing.toString(), cluster.data.toString()), "");
    if (isRoot()) {
      run(List.of("chown", "-R", "postgres", directory.toString()), "");
    }
    return cluster;
  }

  /// Starts the server and waits until it answers.
  public void start(String... settings) throws IOException, InterruptedException {
    StringBuilder options = new StringBuilder("-k " + directory + " -c listen_addresses=''");
    options.append(" -c fsync=off -c shared_buffers=16MB -c max_connections=20");
    for (String setting : settings) {
      options.append(" -c ").append(setting);
    }
    String log = directory.resolve("log").toString();
    postgres(
        List.of(
            "pg_ctl", "-D", data.toString(), "-w", "-l", log, "-o", options.toString(), "start"),
        "");
    running = true;
  }

  /// A clean stop with a shutdown checkpoint.
  public void stop() throws IOException, InterruptedException {
    running = false;
    postgres(List.of("pg_ctl", "-D", data.toString(), "-w", "-m", "fast", "stop"), "");
  }

  /// Stops without a checkpoint.
  public void stopImmediately() throws IOException, InterruptedException {
    running = false;
    postgres(List.of("pg_ctl", "-D", data.toString(), "-w", "-m", "immediate", "stop"), "");
  }

  /// SIGKILL to the postmaster, then to its children, all at once as far as that can be; its lock
  /// file is removed.
  public void kill() throws IOException, InterruptedException {
    running = false;
    Path lock = data.resolve("postmaster.pid");
    long pid = Long.parseLong(Files.readAllLines(lock).getFirst().strip());
    ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
    List<ProcessHandle> children = postmaster.children().toList();
    postmaster.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle child : children) {
      child.onExit().orTimeout(COMMAND_SECONDS_MAX, TimeUnit.SECONDS).join();
    }
    Files.deleteIfExists(lock);
  }

  /// Runs statements in one session of database `postgres`; the answer is unaligned rows.
  public String sql(String statements) throws IOException, InterruptedException {
    return sql("postgres", statements);
  }

  public String sql(String database, String statements) throws IOException, InterruptedException {
    return postgres(
            List.of(
                "psql",
                "-h",
                directory.toString(),
                "-U",
                "postgres",
                "-d",
                database,
                "-XAtq",
                "-v",
                "ON_ERROR_STOP=1",
                "-f",
                "-"),
            statements)
        .strip();
  }

  /// Runs one of PostgreSQL's programs with the options that reach this server added in front.
  public String client(String program, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(program, "-h", directory.toString(), "-U", "postgres"));
    command.addAll(List.of(arguments));
    return postgres(command, "");
  }

  /// Runs one of PostgreSQL's programs; the answer is its standard output. The exit code does not
  /// matter: `pg_waldump` ends with an error at the end of the log.
  public String program(String program, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(BINARIES.resolve(program).toString()));
    command.addAll(List.of(arguments));
    return runAs(command, "").output();
  }

  public Path data() {
    return data;
  }

  /// What the server logged.
  public String log() throws IOException {
    return Files.readString(directory.resolve("log"));
  }

  /// A file of the data directory.
  public byte[] file(String path) throws IOException {
    return Files.readAllBytes(data.resolve(path));
  }

  /// Replaces a file of the data directory of a stopped server.
  public void replaceFile(String path, byte[] content) throws IOException, InterruptedException {
    Path file = data.resolve(path);
    Files.write(file, content);
    if (isRoot()) {
      run(List.of("chown", "postgres", file.toString()), "");
    }
  }

  /// Makes files that a test wrote the server's own.
  public void takeOwnership() throws IOException, InterruptedException {
    if (isRoot()) {
      run(List.of("chown", "-R", "postgres", data.toString()), "");
    }
  }

  /// The log from the first segment that exists on: all segment files, one behind the other, up to
  /// the last of which anything was written.
  public Wal wal() throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("pg_wal"))) {
      List<Path> segments =
          files
              .filter(file -> file.getFileName().toString().matches("[0-9A-F]{24}"))
              .sorted()
              .toList();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (Path segment : segments) {
        bytes.writeBytes(Files.readAllBytes(segment));
      }
      String first = segments.getFirst().getFileName().toString();
      long number = Long.parseLong(first, 16, 24, 16) + (Long.parseLong(first, 8, 16, 16) << 8);
      return new Wal(number * WalLayout.DEFAULT_SEGMENT_SIZE, bytes.toByteArray());
    }
  }

  /// The bytes of a log.
  ///
  /// @param startLsn of the first byte
  @SuppressWarnings("ArrayRecordComponent")
  public record Wal(long startLsn, byte[] bytes) {}

  @Override
  public void close() throws IOException {
    try {
      if (running) {
        stopImmediately();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted; a server may be left in " + directory, e);
    } finally {
      try (Stream<Path> files = Files.walk(directory)) {
        files.sorted(Comparator.reverseOrder()).forEach(StockCluster::delete);
      }
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String postgres(List<String> command, String input)
      throws IOException, InterruptedException {
    List<String> full = new ArrayList<>(command);
    full.set(0, BINARIES.resolve(command.getFirst()).toString());
    Outcome outcome = runAs(full, input);
    if (outcome.exitCode() != 0) {
      throw new IOException(command.getFirst() + ": " + outcome.output() + outcome.errors());
    }
    return outcome.output();
  }

  private record Outcome(int exitCode, String output, String errors) {}

  // PostgreSQL refuses to run as root.
  private static Outcome runAs(List<String> command, String input)
      throws IOException, InterruptedException {
    List<String> full = new ArrayList<>();
    if (isRoot()) {
      full.addAll(
          List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"));
    }
    full.addAll(command);
    return run(full, input);
  }

  private static Outcome run(List<String> command, String input)
      throws IOException, InterruptedException {
    Path errors = Files.createTempFile("stock", ".err");
    Path output = Files.createTempFile("stock", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(Path.of("/").toFile())
              .redirectError(errors.toFile())
              .redirectOutput(output.toFile())
              .start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("not done in time: " + command);
      }
      return new Outcome(process.exitValue(), Files.readString(output), Files.readString(errors));
    } finally {
      Files.delete(errors);
      Files.delete(output);
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name", "").equals("root");
  }
}
