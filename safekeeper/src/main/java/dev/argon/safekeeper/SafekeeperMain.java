package dev.argon.safekeeper;

import dev.argon.node.ConfigFile;
import dev.argon.node.MainExit;
import dev.argon.node.Shutdown;
import dev.argon.safekeeper.failpoint.Failpoint;
import java.lang.System.Logger.Level;

/// The safekeeper's process: `SafekeeperMain --config FILE`.
public final class SafekeeperMain {

  /// The exit code when the disk cannot be trusted any more: a failed sync or write.
  static final int DISK_FAILED = 6;

  private SafekeeperMain() {}

  /// Runs until it is asked to stop.
  public static void main(String[] arguments) {
    MainExit.run("safekeeper", shutdown -> run(arguments, shutdown));
  }

  private static int run(String[] arguments, Shutdown shutdown) throws Exception {
    SafekeeperConfig config =
        ConfigFile.read(ConfigFile.option("--config", arguments), SafekeeperConfig.class);
    System.Logger log = System.getLogger(config.name());
    Failpoint.armed()
        .ifPresent(
            text -> log.log(Level.WARNING, "this process kills itself at failpoint {0}", text));
    try (Safekeeper safekeeper = Safekeeper.start(config, SafekeeperMain::diskFailed)) {
      log.log(Level.INFO, "safekeeper {0} is up: {1}", config.nodeId(), safekeeper.addresses());
      shutdown.await();
      log.log(Level.INFO, "stopping");
    }
    return 0;
  }

  private static void diskFailed(String reason, Throwable cause) {
    System.getLogger(SafekeeperMain.class.getName())
        .log(Level.ERROR, reason + "; what is on disk is not known, so this process ends", cause);
    Runtime.getRuntime().halt(DISK_FAILED);
  }
}
