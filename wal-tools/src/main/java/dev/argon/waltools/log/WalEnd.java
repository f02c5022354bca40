package dev.argon.waltools.log;

import dev.argon.postgres.Lsn;

/// Where reading ended and why.
///
/// @param lsn behind the last record
public record WalEnd(Kind kind, long lsn, String reason) {

  /// How the log ended.
  public enum Kind {
    /// Nothing was written behind the last record, or no further segment is there.
    CLEAN,
    /// A record begins at the end that is not whole: the server crashed while it wrote it.
    TORN,
    /// The reader was told to stop there.
    UNTIL
  }

  @Override
  public String toString() {
    return switch (kind) {
      case CLEAN -> "end of WAL at " + Lsn.toString(lsn) + ": " + reason;
      case TORN -> "torn record at " + Lsn.toString(lsn) + ": " + reason;
      case UNTIL -> "stopped at " + Lsn.toString(lsn) + ": " + reason;
    };
  }
}
