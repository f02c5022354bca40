package dev.argon.safekeeper.transfer;

import dev.argon.postgres.Lsn;
import io.avaje.jsonb.Json;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// What a pull wants to know of a donor, from its `GET` of the timeline.
@Json(naming = Json.Naming.LowerUnderscore)
public record DonorStatus(
    long term,
    long lastLogTerm,
    @Nullable String flushLsn,
    @Nullable String commitLsn,
    @Nullable String state) {

  /// The best donor is the last in this order.
  static final Comparator<DonorStatus> ORDER =
      Comparator.comparingLong(DonorStatus::lastLogTerm)
          .thenComparing(status -> lsn(status.flushLsn()))
          .thenComparingLong(DonorStatus::term)
          .thenComparing(status -> lsn(status.commitLsn()));

  private static Lsn lsn(@Nullable String text) {
    return text == null ? Lsn.INVALID : Lsn.parse(text);
  }

  boolean isUsable() {
    return "active".equals(state);
  }
}
