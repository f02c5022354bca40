package dev.argon.redo.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.argon.postgres.server.StockCluster;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// A mixed load over all access methods, in several sessions at once. It makes every record that
/// has a block reference but for those a server writes under special circumstances only. About ten
/// seconds; the server needs `max_prepared_transactions` above 0.
public final class MixedLoad {

  private MixedLoad() {}

  /// Runs all of it on a cluster without tables.
  public static void run(StockCluster cluster) throws Exception {
    setUp(cluster);
    runSessions(cluster);
    finish(cluster);
  }

  /// The tables that several sessions share.
  public static void setUp(StockCluster cluster) throws Exception {
    cluster.sql(script("setup.sql"));
    cluster.client("pgbench", "-i", "-q", "-s", "1", "postgres");
    cluster.replaceFile("upsert.pgbench", script("upsert.sql").getBytes(UTF_8));
    cluster.replaceFile("share.pgbench", script("share.sql").getBytes(UTF_8));
  }

  /// The long part, in parallel.
  public static void runSessions(StockCluster cluster) throws Exception {
    String directory = cluster.data() + "/";
    parallel(
        List.of(
            () -> cluster.sql(script("heap.sql")),
            () -> cluster.sql(script("btree.sql")),
            () -> cluster.sql(script("indexes.sql")),
            () -> cluster.client("pgbench", "-n", "-c", "3", "-t", "200", "postgres"),
            () -> custom(cluster, "4", "100", directory + "upsert.pgbench"),
            () -> custom(cluster, "6", "60", directory + "share.pgbench")));
  }

  /// What needs to be alone, and databases.
  public static void finish(StockCluster cluster) throws Exception {
    cluster.sql(script("killed.sql"));
    cluster.sql(script("databases.sql"));
    cluster.client("pgbench", "-n", "-c", "2", "-t", "100", "postgres");
  }

  private static String custom(StockCluster cluster, String clients, String count, String file)
      throws IOException, InterruptedException {
    return cluster.client(
        "pgbench", "-n", "--max-tries=20", "-c", clients, "-t", count, "-f", file, "postgres");
  }

  private static void parallel(List<Callable<String>> tasks) throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<String> task : executor.invokeAll(tasks)) {
        task.get();
      }
    }
  }

  static String script(String name) throws IOException {
    try (InputStream stream = MixedLoad.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(stream, name).readAllBytes(), UTF_8);
    }
  }
}
