package dev.argon.compute.communicator;

import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// A server with the shim on a new cluster, and beside it a pageserver that has the cluster's pages
/// as they were at the start.
record ShimStack(Cluster cluster, FakePageService pages, ShimServer server)
    implements AutoCloseable {

  static ShimStack start(Path directory, Map<String, String> settings)
      throws IOException, InterruptedException, PgErrorException, CorruptDataException {
    return start(directory, ShimServer.library(), settings);
  }

  /// @param directory empty
  /// @param library a build of the shim
  /// @param more statements that the cluster is made with
  static ShimStack start(Path directory, Path library, Map<String, String> settings, String... more)
      throws IOException, InterruptedException, PgErrorException, CorruptDataException {
    Cluster cluster = Cluster.create(directory, more);
    FakePageService pages = FakePageService.start(cluster.unchangedPages());
    boolean started = false;
    try {
      ShimServer server =
          ShimServer.start(directory.resolve("shim"), cluster, pages.address(), library, settings);
      started = true;
      return new ShimStack(cluster, pages, server);
    } finally {
      if (!started) {
        pages.close();
      }
    }
  }

  /// The cluster's pages, changed by what the server has written since.
  FakePageService.Pages changedPages() throws IOException {
    return cluster.pagesOf(server.memory, server.data);
  }

  @Override
  public void close() throws IOException {
    server.close();
    pages.close();
  }
}
