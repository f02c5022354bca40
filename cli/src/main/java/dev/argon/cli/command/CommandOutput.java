package dev.argon.cli.command;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/// Where a command prints its facts.
final class CommandOutput {

  private CommandOutput() {}

  static PrintWriter of(@Nullable CommandSpec spec) {
    if (spec == null) {
      throw new IllegalStateException("a command runs through its parser");
    }
    return spec.commandLine().getOut();
  }
}
