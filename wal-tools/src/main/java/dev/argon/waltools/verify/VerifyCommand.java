package dev.argon.waltools.verify;

import dev.argon.waltools.WalToolsException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `argon wal verify`.
@Command(name = "verify", description = "Replays WAL onto a base backup and compares.")
public final class VerifyCommand implements Callable<Integer> {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  @Override
  public Integer call() throws WalToolsException {
    throw new WalToolsException("wal verify is being written");
  }
}
