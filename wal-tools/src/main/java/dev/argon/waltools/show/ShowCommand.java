package dev.argon.waltools.show;

import dev.argon.waltools.WalToolsException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `argon page show`.
@Command(name = "show", description = "Prints what is on a page.")
public final class ShowCommand implements Callable<Integer> {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  @Override
  public Integer call() throws WalToolsException {
    throw new WalToolsException("page show is being written");
  }
}
