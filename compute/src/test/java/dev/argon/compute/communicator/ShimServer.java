package dev.argon.compute.communicator;

import static dev.argon.compute.support.StockCluster.command;
import static dev.argon.compute.support.StockCluster.run;

import dev.argon.compute.eviction.Evictor;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.SharedMemorySettings;
import dev.argon.compute.memory.ShimSettings;
import dev.argon.compute.prewarm.Prewarm;
import dev.argon.compute.sql.ServerAnswers;
import dev.argon.compute.support.StockCluster;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Stock PostgreSQL with the shim on a data directory whose relation files are holes.
final class ShimServer implements AutoCloseable {

  private static final Pattern RELATION_FILE =
      Pattern.compile("(base/\\d+|global)/\\d+(_fsm|_vm|_init)?(\\.\\d+)?");
  private static final int PORT = 5432;

  final Path data;
  final Path sockets;
  final Path log;
  final SharedMemory memory;
  Communicator communicator;
  final Evictor evictor;
  final Prewarm prewarm;
  private final PageSource source;
  private final ControlSocket control;
  private final Process postmaster;

  private ShimServer(
      Path directory,
      Path data,
      SharedMemorySettings shared,
      PageSource source,
      Path library,
      Map<String, String> settings)
      throws IOException, InterruptedException {
    this.data = data;
    this.source = source;
    sockets = Files.createDirectory(directory.resolve("sock"));
    log = directory.resolve("server.log");
    memory = SharedMemory.create(directory.resolve("shared"), shared);
    prewarm = new Prewarm(memory, this::wakeWorker);
    control =
        ControlSocket.listen(
            directory.resolve("control"),
            new ServerAnswers(memory, prewarm, data, Clock.systemUTC()));
    communicator = new Communicator(memory, data, source);
    communicator.start();
    evictor = new Evictor(memory, data, communicator.dropCheck());
    evictor.start();
    run("chown", "-R", "postgres:", directory.toString());

    Map<String, String> all = new LinkedHashMap<>();
    all.put("shared_preload_libraries", library.toString());
    all.put("listen_addresses", "");
    all.put("port", Integer.toString(PORT));
    all.put("unix_socket_directories", sockets.toString());
    all.put("fsync", "off");
    all.put("full_page_writes", "off");
    all.put("restart_after_crash", "off");
    all.put("shared_buffers", "2MB");
    all.put("max_connections", "50");
    all.put("max_prepared_transactions", "5");
    all.putAll(
        ShimSettings.of(
            library,
            directory.resolve("shared"),
            directory.resolve("control"),
            ProcessHandle.current().pid()));
    all.putAll(settings);
    List<String> line = new ArrayList<>();
    line.addAll(List.of(StockCluster.BIN.resolve("postgres").toString(), "-D", data.toString()));
    all.forEach((name, value) -> line.addAll(List.of("-c", name + "=" + value)));
    postmaster =
        new ProcessBuilder(command(line.toArray(String[]::new)))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
  }

  /// Starts on a copy of a stopped cluster, all of whose relation files are holes.
  static ShimServer start(
      Path directory, Cluster cluster, SocketAddress pages, Map<String, String> settings)
      throws IOException, InterruptedException, PgErrorException {
    return start(directory, cluster, pages, library(), settings);
  }

  /// The same with another build of the shim.
  static ShimServer start(
      Path directory,
      Cluster cluster,
      SocketAddress pages,
      Path library,
      Map<String, String> settings)
      throws IOException, InterruptedException, PgErrorException {
    Path data = copyOf(cluster, directory);
    ShimServer server =
        new ShimServer(
            directory,
            data,
            SharedMemorySettings.of(cluster.bootLsn(), SharedMemorySettings.Mode.PRIMARY, 400),
            source(pages),
            library,
            settings);
    server.awaitReady();
    return server;
  }

  /// Starts a replica on such a copy. It replays what is in a directory of WAL.
  static ShimServer follow(
      Path directory, Cluster cluster, Path wal, SocketAddress pages, Map<String, String> settings)
      throws IOException, InterruptedException, PgErrorException {
    Path data = copyOf(cluster, directory);
    run("cp", "-a", wal + "/.", data.resolve("pg_wal").toString());
    Files.createFile(data.resolve("standby.signal"));
    ShimServer server =
        new ShimServer(
            directory,
            data,
            SharedMemorySettings.of(cluster.bootLsn(), SharedMemorySettings.Mode.REPLICA, 400),
            source(pages),
            library(),
            settings);
    server.awaitReady();
    return server;
  }

  private static PageSource source(SocketAddress pages) {
    return new PageSource(
        pages, new TenantId(1, 2), new TimelineId(3, 4), 1, new PageSource.Mode.Newest());
  }

  private static Path copyOf(Cluster cluster, Path directory)
      throws IOException, InterruptedException {
    Files.createDirectory(directory);
    Path data = directory.resolve("data");
    run("cp", "-a", cluster.data().toString(), data.toString());
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (RELATION_FILE.matcher(data.relativize(file).toString()).matches()) {
          try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            long size = open.length();
            open.setLength(0);
            open.setLength(size);
          }
        }
      }
    }
    return data;
  }

  /// The library, built on first use.
  static Path library() throws IOException, InterruptedException {
    Path extension = Path.of("extension").toAbsolutePath();
    run("make", "-s", "-C", extension.toString());
    return extension.resolve("neon");
  }

  private void awaitReady() throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try (PgClient client = connect("postgres")) {
        var _ = client.query("select 1");
        return;
      } catch (IOException | PgErrorException e) {
        if (!postmaster.isAlive() || System.nanoTime() > until) {
          String said = Files.readString(log);
          close();
          throw new IOException("the server does not answer:\n" + said, e);
        }
      }
      boolean _ = postmaster.waitFor(100, TimeUnit.MILLISECONDS);
    }
  }

  PgClient connect(String database) throws IOException, PgErrorException {
    return PgClient.connect(session(StockCluster.SUPERUSER, database));
  }

  /// How this process connects.
  PgClientSettings session(String user, String database) {
    return PgClientSettings.of(
            UnixDomainSocketAddress.of(sockets.resolve(".s.PGSQL." + PORT)), user, database)
        .withTimeouts(10_000, 120_000, 10_000);
  }

  /// Runs one query and returns the first column of the first row.
  String value(String sql) throws IOException, PgErrorException {
    try (PgClient client = connect("postgres")) {
      return String.valueOf(client.query(sql).rows().getFirst().getFirst());
    }
  }

  void execute(String... statements) throws IOException, PgErrorException {
    try (PgClient client = connect("postgres")) {
      for (String sql : statements) {
        var _ = client.query(sql);
      }
    }
  }

  /// Sets the cache limit of the running server.
  void cacheLimit(String limit) throws IOException, InterruptedException {
    set("neon.file_cache_size_limit", limit);
  }

  /// Changes a setting of the running server, which it takes a moment later.
  void set(String name, String value) throws IOException, InterruptedException {
    Files.writeString(
        data.resolve("postgresql.conf"), name + " = '" + value + "'\n", StandardOpenOption.APPEND);
    var _ = run("kill", "-HUP", Long.toString(postmaster.pid()));
  }

  boolean isAlive() {
    return postmaster.isAlive();
  }

  boolean awaitEnd(long seconds) throws InterruptedException {
    return postmaster.waitFor(seconds, TimeUnit.SECONDS);
  }

  /// A fast stop.
  void stop() throws IOException, InterruptedException {
    run("kill", "-INT", Long.toString(postmaster.pid()));
    if (!awaitEnd(60)) {
      throw new IOException("the server does not stop:\n" + Files.readString(log));
    }
  }

  /// Lets requests lie until [#startCommunicator].
  void stopCommunicator() {
    communicator.close();
  }

  void startCommunicator() {
    communicator = new Communicator(memory, data, source);
    communicator.start();
  }

  long pid() {
    return postmaster.pid();
  }

  void wakeWorker() {
    control.wakeWorker();
  }

  void closeControlSocket() throws IOException {
    control.close();
  }

  @Override
  public void close() throws IOException {
    try {
      if (postmaster.isAlive()) {
        run("kill", "-QUIT", Long.toString(postmaster.pid()));
        if (!awaitEnd(20)) {
          postmaster.destroyForcibly();
        }
      }
      control.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    prewarm.close();
    evictor.close();
    communicator.close();
    memory.close();
  }
}
