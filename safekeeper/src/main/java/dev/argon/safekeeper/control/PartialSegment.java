package dev.argon.safekeeper.control;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.Term;
import java.util.Locale;

/// The unfinished last segment of a log as one safekeeper has put it into the object store: its
/// bytes up to `flushLsn`.
///
/// @param name of the object within the timeline's WAL: `SEGMENT_term_flush_commit_skID.partial`,
///   LSNs as 16 hexadecimal digits
/// @param term that wrote the end of the log
public record PartialSegment(Status status, String name, Term term, Lsn flushLsn, Lsn commitLsn) {

  /// Where the object is in its life; the number is the one on disk.
  public enum Status {
    /// May exist, whole or in part.
    IN_PROGRESS(1),
    /// Exists and is whole.
    UPLOADED(2),
    /// Is not needed any more and may still exist.
    DELETING(3);

    private final int number;

    Status(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    static Status of(int number) {
      for (Status status : values()) {
        if (status.number == number) {
          return status;
        }
      }
      throw new IllegalArgumentException("a partial segment with status " + number);
    }
  }

  /// @param segmentName of the segment that holds `flushLsn`
  public static PartialSegment of(
      String segmentName, Term term, Lsn flushLsn, Lsn commitLsn, NodeId node) {
    return new PartialSegment(
        Status.IN_PROGRESS,
        String.format(
            Locale.ROOT,
            "%s_%d_%016X_%016X_sk%s.partial",
            segmentName,
            term.value(),
            flushLsn.value(),
            commitLsn.value(),
            node),
        term,
        flushLsn,
        commitLsn);
  }

  PartialSegment with(Status newStatus) {
    return new PartialSegment(newStatus, name, term, flushLsn, commitLsn);
  }
}
