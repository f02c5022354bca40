package dev.argon.waltools.replay;

import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.control.ServerParameters;
import dev.argon.waltools.log.WalEnd;
import java.util.List;
import java.util.OptionalLong;

/// What a replay did and found.
///
/// @param lastRecordLsn where the last record begins
/// @param end where the log ended and why
/// @param consistentLsn from where on replay was strict; empty if that was not reached
/// @param checkPoint what a server goes on with
/// @param findings the first ones
/// @param findingCount how many there were
/// @param invalidPages blocks that did not exist when a record changed them, resolved or not
public record ReplayResult(
    long startLsn,
    Consistency consistency,
    long lastRecordLsn,
    WalEnd end,
    OptionalLong consistentLsn,
    CheckPoint checkPoint,
    ServerParameters parameters,
    List<RecordCounts.Row> rows,
    List<Finding> findings,
    long findingCount,
    long invalidPages,
    Speed speed) {

  /// How long it took.
  ///
  /// @param warmUp the first seconds, in which the JVM compiles
  /// @param rest what came then; nothing if all was over before
  public record Speed(Part warmUp, Part rest, long pagesRead, long pagesSpilled) {}

  /// A part of the replay.
  ///
  /// @param cpuNanos of the dispatcher's thread: says more than time where others are at work, too
  public record Part(long nanos, long cpuNanos, long records, long bytes) {

    public double recordsPerSecond() {
      return nanos == 0 ? 0 : records * 1e9 / nanos;
    }

    public double megabytesPerSecond() {
      return nanos == 0 ? 0 : bytes * 1e3 / nanos;
    }

    public Part plus(Part other) {
      return new Part(
          nanos + other.nanos,
          cpuNanos + other.cpuNanos,
          records + other.records,
          bytes + other.bytes);
    }
  }

  /// Whether a server could start from here, and nothing was found.
  public boolean isGood() {
    return findingCount == 0 && isConsistent();
  }

  /// Whether the base's pages all belong to the end of the log.
  public boolean isConsistent() {
    return consistentLsn.isPresent();
  }
}
