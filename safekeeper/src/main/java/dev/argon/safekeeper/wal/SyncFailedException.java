package dev.argon.safekeeper.wal;

import java.io.IOException;

/// An fsync has failed. The kernel may have dropped the pages and will not say so again: what is on
/// disk is unknown, and the process must end without answering anybody.
public final class SyncFailedException extends IOException {

  private static final long serialVersionUID = 1;

  public SyncFailedException(String message, IOException cause) {
    super(message, cause);
  }
}
