package dev.argon.cli;

import dev.argon.cli.command.RootCommand;
import dev.argon.node.ApiProblem;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// The command line as a process.
public final class CliMain {

  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  private CliMain() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /// Runs one command.
  ///
  /// @return the exit code
  public static int run(String[] arguments) {
    List<String> words = Arrays.asList(arguments);
    int end = words.contains("psql") ? words.indexOf("--") : -1;
    List<String> own = end < 0 ? words : words.subList(0, end);
    List<String> psqlArguments = end < 0 ? List.of() : words.subList(end + 1, words.size());
    CommandLine line = RootCommand.commandLine(psqlArguments);
    line.setParameterExceptionHandler(CliMain::misused);
    line.setExecutionExceptionHandler((e, _, _) -> failed(e));
    return line.execute(own.toArray(String[]::new));
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
    String message =
        switch (e) {
          case ApiProblem problem -> problem.detail();
          case CliException known -> known.getMessage();
          case AccessDeniedException denied ->
              "no permission for " + denied.getFile() + ": run as the user who made the stack";
          case FileSystemException file ->
              file.getFile() + ": " + (file.getReason() == null ? file : file.getReason());
          case IOException io -> io.getMessage();
          default -> e + " (set ARGON_TRACE=1 to see where)";
        };
    System.err.println("argon: " + oneLine(message));
    return FAILED;
  }

  private static String oneLine(@org.jspecify.annotations.Nullable String text) {
    return String.valueOf(text).replaceAll("\\s*\\R\\s*", " ");
  }
}
