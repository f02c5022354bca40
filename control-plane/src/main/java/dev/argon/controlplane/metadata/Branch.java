package dev.argon.controlplane.metadata;

import dev.argon.identity.TimelineId;
import java.util.Optional;

/// A branch: what users see of a timeline.
///
/// @param origin where it was taken from; empty for a project's first branch
/// @param systemId PostgreSQL's system identifier; empty until it is known
/// @param startLsn where its own WAL begins; empty until the pageserver has said so
public record Branch(
    String id,
    String projectId,
    String name,
    TimelineId timeline,
    Optional<Origin> origin,
    String systemId,
    String startLsn,
    boolean isDefault,
    LifeState state,
    String createdAt) {

  /// A point in another branch's history.
  ///
  /// @param requestedLsn what was asked for, resolved; empty until then
  /// @param timestamp the time that was asked for, or empty
  /// @param lsn what it became: a record's end; empty until the pageserver has said so
  public record Origin(String parentId, String requestedLsn, String timestamp, String lsn) {}
}
