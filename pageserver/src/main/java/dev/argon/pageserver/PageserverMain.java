package dev.argon.pageserver;

import dev.argon.node.ConfigFile;
import dev.argon.node.DirectoryLock;
import dev.argon.node.MainExit;
import dev.argon.node.ProcessFile;
import dev.argon.node.Shutdown;
import dev.argon.pageserver.safekeeper.Safekeepers;
import java.nio.file.Path;

/// The pageserver's process: `PageserverMain --config FILE`.
public final class PageserverMain {

  /// The disk has lost data that was written to it.
  private static final int FSYNC_FAILED = 6;

  private PageserverMain() {}

  public static void main(String[] arguments) {
    MainExit.run("pageserver", shutdown -> run(arguments, shutdown));
  }

  private static int run(String[] arguments, Shutdown shutdown) throws Exception {
    PageserverConfig config =
        ConfigFile.read(ConfigFile.option("--config", arguments), PageserverConfig.class);
    Path directory = Path.of(config.directory());
    try (DirectoryLock _ = DirectoryLock.take(directory);
        Pageserver server =
            Pageserver.start(
                config,
                new Safekeepers(config.nodeId(), config.token(), config.safekeeperTls()),
                () -> Runtime.getRuntime().halt(FSYNC_FAILED))) {
      ProcessFile.ofThisProcess("pageserver", "pageserver", server.addresses()).write(directory);
      shutdown.await();
      return 0;
    }
  }
}
