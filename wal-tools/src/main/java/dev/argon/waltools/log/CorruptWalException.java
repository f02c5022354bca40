package dev.argon.waltools.log;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;

/// WAL that is damaged although there is valid WAL behind the place, or that misses a part.
public final class CorruptWalException extends CorruptDataException {

  private static final long serialVersionUID = 1;

  private final long lsn;
  private final String reason;

  /// @param lsn the first position that cannot be read
  public CorruptWalException(long lsn, String reason) {
    super("corrupt WAL at " + Lsn.toString(lsn) + ": " + reason);
    this.lsn = lsn;
    this.reason = reason;
  }

  public long lsn() {
    return lsn;
  }

  /// What is wrong there, without the position.
  public String reason() {
    return reason;
  }
}
