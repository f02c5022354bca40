package dev.argon.waltools;

import dev.argon.postgres.CorruptDataException;
import dev.argon.waltools.dump.DumpCommand;
import dev.argon.waltools.show.ShowCommand;
import dev.argon.waltools.verify.VerifyCommand;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/// `argon wal ...` and `argon page show` as a process. Exit codes and error lines are those of the
/// rest of `argon`: 0 done, 1 failed, 2 misused; one line on standard error.
public final class WalMain {

  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  /// `argon`, as far as it is here.
  @Command(
      name = "argon",
      subcommands = {Wal.class, Page.class})
  static final class Root extends ToolGroup {}

  /// `argon wal`.
  @Command(
      name = "wal",
      description = "Offline tools for the write-ahead log of any PostgreSQL 15.",
      subcommands = {DumpCommand.class, VerifyCommand.class})
  static final class Wal extends ToolGroup {}

  /// `argon page`; its other half talks to the pageserver and is in the command line itself.
  @Command(
      name = "page",
      description = "Pages in files of any PostgreSQL 15.",
      subcommands = ShowCommand.class)
  static final class Page extends ToolGroup {}

  private WalMain() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /// @return the exit code
  static int run(String... arguments) {
    CommandLine line = new CommandLine(new Root());
    line.setParameterExceptionHandler(WalMain::misused);
    line.setExecutionExceptionHandler((e, _, _) -> failed(e));
    return line.execute(arguments);
  }

  private static int misused(ParameterException e, String[] arguments) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    System.err.println("argon: " + oneLine(e.getMessage()) + " (see `" + command + " --help`)");
    return MISUSED;
  }

  private static int failed(Exception e) {
    if (System.getenv("ARGON_TRACE") != null) {
      e.printStackTrace();
    }
    if (e instanceof StandardOutput.ClosedException) {
      return FAILED;
    }
    String message =
        switch (e) {
          case WalToolsException known -> known.getMessage();
          case CorruptDataException corrupt -> corrupt.getMessage();
          case NoSuchFileException missing -> missing.getFile() + ": no such file or directory";
          case FileSystemException file ->
              file.getFile() + ": " + (file.getReason() == null ? file : file.getReason());
          case IOException io -> io.getMessage();
          default -> e + " (set ARGON_TRACE=1 to see where)";
        };
    System.err.println("argon: " + oneLine(message));
    return FAILED;
  }

  private static String oneLine(@Nullable String text) {
    return String.valueOf(text).replaceAll("\\s*\\R\\s*", " ");
  }
}
