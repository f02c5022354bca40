package dev.argon.it.safekeeper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// A program with one connection for each [SilentPoint]. When all have reached theirs it says so on
/// its standard output, and from then on does nothing, until it is killed.
final class SilentPeers {

  static final String ALL_SILENT = "all silent";

  private SilentPeers() {}

  /// @param arguments host and port of the safekeeper
  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<RawConnection> all = reachAll(arguments[0], Integer.parseInt(arguments[1]));
    List<SilentPoint> points = List.of(SilentPoint.values());
    for (int i = 0; i < points.size(); i++) {
      System.out.println(points.get(i) + " " + all.get(i).localPort());
    }
    System.out.println(ALL_SILENT);
    System.out.flush();
    int _ = System.in.read(); // until SIGKILL
  }

  /// Brings a connection to each point, all at once, so that the first is not missed before the
  /// last is there.
  ///
  /// @return the connections in the order of their points
  static List<RawConnection> reachAll(String host, int port)
      throws IOException, InterruptedException {
    List<Callable<RawConnection>> all = new ArrayList<>();
    for (SilentPoint point : SilentPoint.values()) {
      all.add(() -> point.reach(host, port));
    }
    List<RawConnection> connections = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(all.size())) {
      for (Future<RawConnection> connection : threads.invokeAll(all)) {
        connections.add(connection.get());
      }
    } catch (ExecutionException e) {
      throw new IOException("a point was not reached", e);
    }
    return connections;
  }
}
