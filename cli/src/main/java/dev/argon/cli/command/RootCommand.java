package dev.argon.cli.command;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// `argon` itself.
@Command(
    name = "argon",
    description = "PostgreSQL with its storage apart: branches, time travel, nothing lost.",
    footer = {
      "",
      "Also: argon bench (measure against stock PostgreSQL), argon test [--long], argon format;",
      "argon wal dump (print WAL records), argon wal verify (replay a backup's WAL and compare),",
      "argon page show (a page's contents): for files of any PostgreSQL 15."
    },
    subcommands = {
      UpCommand.class,
      DownCommand.class,
      StatusCommand.class,
      ConnectionStringCommand.class,
      BranchCommand.class,
      EndpointCommand.class,
      SafekeeperCommand.class,
      LogsCommand.class,
      PageCommand.class,
      LayerCommand.class
    })
public final class RootCommand extends GroupCommand {

  private RootCommand() {}

  /// The whole command line.
  ///
  /// @param psqlArguments what followed `--` after `psql`
  public static CommandLine commandLine(List<String> psqlArguments) {
    CommandLine line = new CommandLine(new RootCommand());
    line.addSubcommand(new PsqlCommand(psqlArguments));
    return line;
  }
}
