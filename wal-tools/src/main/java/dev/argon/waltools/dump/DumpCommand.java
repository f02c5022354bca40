package dev.argon.waltools.dump;

import dev.argon.waltools.WalToolsException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `argon wal dump`.
@Command(name = "dump", description = "Prints WAL records, like pg_waldump.")
public final class DumpCommand implements Callable<Integer> {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  @Override
  public Integer call() throws WalToolsException {
    throw new WalToolsException("wal dump is being written");
  }
}
