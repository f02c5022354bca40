package dev.argon.controlplane.storage;

import dev.argon.postgres.Lsn;
import java.util.Comparator;

/// How far a safekeeper's log goes. A log of a later term is further, however short it is.
public record LogPosition(long lastLogTerm, Lsn flushLsn) implements Comparable<LogPosition> {

  private static final Comparator<LogPosition> ORDER =
      Comparator.comparingLong(LogPosition::lastLogTerm).thenComparing(LogPosition::flushLsn);

  @Override
  public int compareTo(LogPosition other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return flushLsn + " of term " + lastLogTerm;
  }
}
