package dev.argon.cli.command;

import dev.argon.cli.CliException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// A command that only has commands below it.
abstract class GroupCommand implements Callable<Integer> {

  @Spec @Nullable CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  @Override
  public Integer call() throws CliException {
    CommandSpec self = spec;
    if (self == null) {
      throw new IllegalStateException("a command runs through its parser");
    }
    throw new CliException(
        "which one? "
            + String.join(", ", self.subcommands().keySet())
            + " (see `argon "
            + self.name()
            + " --help`)");
  }
}
