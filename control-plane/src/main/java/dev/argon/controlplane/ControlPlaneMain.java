package dev.argon.controlplane;

import dev.argon.node.ConfigFile;
import dev.argon.node.DirectoryLock;
import dev.argon.node.MainExit;
import dev.argon.node.ProcessFile;
import dev.argon.node.Shutdown;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;

/// The control plane as a process: `ControlPlaneMain --config FILE`.
public final class ControlPlaneMain {

  private static final String NAME = "control-plane";

  private ControlPlaneMain() {}

  public static void main(String[] arguments) {
    MainExit.run(NAME, shutdown -> run(arguments, shutdown));
  }

  private static int run(String[] arguments, Shutdown shutdown) throws Exception {
    Logger log = System.getLogger(NAME);
    ControlPlaneConfig config =
        ConfigFile.read(ConfigFile.option("--config", arguments), ControlPlaneConfig.class);
    Path directory = Path.of(config.directory());
    try (DirectoryLock _ = DirectoryLock.take(directory);
        ControlPlane controlPlane =
            ControlPlane.start(config, new SecureRandom(), InstantSource.system())) {
      ProcessFile.ofThisProcess(NAME, NAME, Map.of("http", controlPlane.address().toString()))
          .write(directory);
      log.log(Level.INFO, "listening on {0}", controlPlane.address());
      shutdown.await();
      log.log(Level.INFO, "stopping; computes go on");
    }
    return 0;
  }
}
