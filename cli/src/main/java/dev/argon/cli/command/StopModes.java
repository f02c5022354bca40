package dev.argon.cli.command;

import dev.argon.cli.CliException;

/// How a server may be told to stop.
final class StopModes {

  private StopModes() {}

  static void check(String mode) throws CliException {
    if (!mode.equals("fast") && !mode.equals("immediate")) {
      throw new CliException("--mode " + mode + ": fast or immediate");
    }
  }
}
