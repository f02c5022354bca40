package dev.argon.compute;

import dev.argon.compute.postgres.ServerUser;
import dev.argon.compute.spec.ComputeSpec;
import dev.argon.compute.spec.SpecDocument;
import dev.argon.compute.spec.SpecException;
import dev.argon.node.ConfigFile;
import dev.argon.node.DirectoryLock;
import dev.argon.node.ExitException;
import dev.argon.node.MainExit;
import dev.argon.node.Shutdown;
import java.io.IOException;
import java.nio.file.Path;

/// Runs one compute: `--spec FILE`.
///
/// Exit codes: 0 stopped as asked; 3 fenced by a newer term; 4 could not start; 5 PostgreSQL ended
/// by itself; any other is a crash.
public final class ComputeMain {

  private ComputeMain() {}

  public static void main(String[] arguments) {
    MainExit.run("compute", shutdown -> run(arguments, shutdown));
  }

  private static int run(String[] arguments, Shutdown shutdown)
      throws ExitException, IOException, InterruptedException {
    Path file = ConfigFile.option("--spec", arguments);
    SpecDocument document = ConfigFile.read(file, SpecDocument.class);
    ComputeSpec spec;
    try {
      spec = ComputeSpec.of(document);
    } catch (SpecException e) {
      throw new ExitException(ExitException.COULD_NOT_START, file + ": " + e.getMessage(), e);
    }
    ServerUser.leaveRoot(spec.directory());
    try (DirectoryLock _ = DirectoryLock.take(spec.directory())) {
      return new ComputeLife(spec).run(shutdown);
    }
  }
}
