package dev.argon.it.process;

import dev.argon.postgres.server.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;

/// A cluster of the installed PostgreSQL on a local disk, without Argon. The checks are proven
/// against it: faults are planted in its files and must be found.
public final class StockServer implements AutoCloseable {

  private final Path directory = TestDirectory.create("stock");
  private final int port = FreePorts.block(1);
  private final Path data;
  private final String user;

  /// Makes the cluster and starts it.
  public StockServer() throws IOException {
    data = directory.resolve("data");
    user = "stock";
    TestDirectory.giveToPostgres(directory);
    program("initdb", "-D", data().toString(), "-A", "trust", "-U", "stock", "--no-sync").ok();
    Files.writeString(
        data().resolve("postgresql.conf"),
        """
        listen_addresses = '127.0.0.1'
        port = %d
        unix_socket_directories = ''
        autovacuum = off
        shared_buffers = 16MB
        """
            .formatted(port));
    start();
  }

  private StockServer(Path data) {
    this.data = data;
    user = "postgres";
  }

  /// Starts a server on a data directory that somebody else made and that stays when this is
  /// closed.
  ///
  /// @param settings more lines for its `postgresql.auto.conf`
  public static StockServer on(Path data, String... settings) throws IOException {
    StockServer server = new StockServer(data);
    String lines =
        """
        listen_addresses = '127.0.0.1'
        port = %d
        unix_socket_directories = ''
        autovacuum = off
        """
            .formatted(server.port);
    Files.writeString(
        data.resolve("postgresql.auto.conf"), lines + String.join("\n", settings) + "\n");
    TestDirectory.giveToPostgres(data);
    TestDirectory.giveToPostgres(server.directory);
    server.start();
    return server;
  }

  public Path data() {
    return data;
  }

  public ConnectionSource source() {
    return new ConnectionSource("postgresql://" + user + "@127.0.0.1:" + port + "/postgres");
  }

  public void start() {
    var result =
        program("pg_ctl", "-D", data().toString(), "-l", directory + "/log", "-w", "start");
    if (result.exitCode() != 0) {
      throw new AssertionError(LogTail.of(directory.resolve("log"), 30) + result);
    }
  }

  /// A clean stop, so that the files hold everything.
  public void stop() {
    program("pg_ctl", "-D", data().toString(), "-m", "fast", "-w", "stop").ok();
  }

  /// SIGKILL to the postmaster and all its children.
  public void kill() {
    // the postmaster first, so that nobody forks new ones; they all work in the data directory
    RunningProcess.kill(postmasterPid());
    RunningProcess.below(data()).forEach(process -> RunningProcess.kill(process.pid()));
    try {
      // nobody may have waited for the dead postmaster yet, and a pid that exists stops a new one
      Files.delete(data().resolve("postmaster.pid"));
    } catch (IOException e) {
      throw new AssertionError("postmaster.pid", e);
    }
  }

  /// The file of a relation, from the data directory on.
  public Path file(String relation) throws SQLException {
    return data().resolve(source().string("select pg_relation_filepath('" + relation + "')"));
  }

  private long postmasterPid() {
    try {
      return Long.parseLong(Files.readAllLines(data().resolve("postmaster.pid")).getFirst());
    } catch (IOException e) {
      throw new AssertionError("no postmaster", e);
    }
  }

  private Command.Result program(String name, String... arguments) {
    var words = new java.util.ArrayList<String>();
    words.add(PostgresPrograms.path(name));
    words.addAll(java.util.List.of(arguments));
    // pg_ctl's server inherits our pipes and would keep them open for ever
    var quiet =
        new java.util.ArrayList<>(
            java.util.List.of("sh", "-c", "exec \"$@\" >>" + directory + "/out 2>&1", "sh"));
    quiet.addAll(words);
    return new Command(quiet, java.util.Map.of(), directory)
        .asPostgres()
        .run(Duration.ofMinutes(1));
  }

  @Override
  public void close() {
    if (Files.exists(data().resolve("postmaster.pid"))) {
      kill();
    }
    TestDirectory.delete(directory);
  }
}
