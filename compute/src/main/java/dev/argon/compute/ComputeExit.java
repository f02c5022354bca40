package dev.argon.compute;

import dev.argon.node.ExitException;

/// How a compute ends.
enum ComputeExit {
  STOPPED(0, "stopped"),
  /// Another compute was elected for the timeline; starting again would fence that one.
  FENCED(3, "fenced"),
  COULD_NOT_START(ExitException.COULD_NOT_START, "could_not_start"),
  /// The postmaster ended because one of its children crashed.
  CRASH(5, "crash"),
  /// The postmaster ended for another reason.
  POSTGRES_ENDED(5, "postgres_ended"),
  /// The proposer failed; the server was stopped.
  PROPOSER_FAILED(1, "proposer_failed");

  private final int code;
  private final String reason;

  ComputeExit(int code, String reason) {
    this.code = code;
    this.reason = reason;
  }

  int code() {
    return code;
  }

  /// As in [ExitFile#reason].
  String reason() {
    return reason;
  }
}
