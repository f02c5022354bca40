package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.api.ControlPlaneClient;
import dev.argon.cli.api.Workspace;
import dev.argon.cli.stack.ProcessUser;
import dev.argon.cli.stack.StackDirectory;
import dev.argon.cli.stack.StackFile;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.JsonCodec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// What every command has: the data directory, and where to print.
abstract class StackCommand implements Callable<Integer> {

  private static final String HOST = "127.0.0.1";

  @Spec @Nullable CommandSpec spec;

  @Mixin DataOption data = new DataOption();

  /// `--data`.
  static final class DataOption {
    @Option(
        names = "--data",
        paramLabel = "DIR",
        description = "the data directory; default: $ARGON_DATA, for root /var/lib/argon")
    @Nullable Path data;

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "show this help")
    boolean help;
  }

  StackDirectory directory() throws IOException {
    Path path = data.data;
    Path chosen = path == null ? StackDirectory.defaultPath(ProcessUser.current()) : path;
    return StackDirectory.of(chosen);
  }

  StackFile stack() throws IOException, CliException {
    return directory().require();
  }

  ControlPlaneClient controlPlane() throws IOException, CliException {
    return new ControlPlaneClient(new HostPort(HOST, stack().portBase()));
  }

  /// @throws CliException if the stack does not run
  Workspace workspace() throws IOException, ApiProblem, CliException {
    StackFile stack = stack();
    try {
      return Workspace.open(controlPlane());
    } catch (java.net.ConnectException e) {
      throw new CliException(
          "the stack in "
              + directory().path()
              + " does not run (nothing listens on port "
              + stack.portBase()
              + "): bring it up with `argon up`",
          e);
    }
  }

  PrintWriter out() {
    return CommandOutput.of(spec);
  }

  void print(String line) {
    out().println(line);
  }

  void printJson(Object document) {
    print(JsonCodec.toPrettyText(document));
  }

  void warn(String line) {
    System.err.println("argon: " + line);
  }
}
