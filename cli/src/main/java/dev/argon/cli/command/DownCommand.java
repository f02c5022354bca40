package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.stack.StackFile;
import dev.argon.cli.stack.StackStop;
import dev.argon.node.DirectoryLock;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `argon down`.
@Command(name = "down", description = "Stop everything, keep the data.")
final class DownCommand extends StackCommand {

  @Option(names = "--mode", description = "how endpoints stop: fast (default) or immediate")
  String mode = "fast";

  @Override
  public Integer call() throws IOException, InterruptedException, CliException {
    StopModes.check(mode);
    StackFile stack = stack();
    try (DirectoryLock _ = directory().lock()) {
      int count = new StackStop(directory(), stack, this::warn).run(mode);
      print(
          count == 0
              ? "Nothing runs in " + directory().path() + "."
              : "The stack in " + directory().path() + " is down; its data is kept.");
    }
    return 0;
  }
}
