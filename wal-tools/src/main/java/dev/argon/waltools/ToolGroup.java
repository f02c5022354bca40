package dev.argon.waltools;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// A command that only has commands below it.
abstract class ToolGroup implements Callable<Integer> {

  @Spec @Nullable CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  @Override
  public Integer call() throws WalToolsException {
    CommandSpec self = spec;
    if (self == null) {
      throw new IllegalStateException("a command runs through its parser");
    }
    throw new WalToolsException(
        "which one? "
            + String.join(", ", self.subcommands().keySet())
            + " (see `"
            + self.qualifiedName()
            + " --help`)");
  }
}
