package dev.argon.safekeeper.api;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;

/// What `GET /v1/debug_dump` answers: all that a person wants to know who looks for what is wrong.
///
/// @param troubles why something does not get on, by timeline
@Json(naming = Json.Naming.LowerUnderscore)
public record DebugDump(
    long nodeId,
    long pid,
    String directory,
    long diskFreeBytes,
    List<String> subscriptions,
    Map<String, String> troubles,
    List<TimelineDump> timelines) {

  /// One timeline.
  ///
  /// @param status as `GET` of the timeline answers
  /// @param persisted positions as they stand in the control file
  /// @param partials archived unfinished segments of ours, with their status
  /// @param peers what peers told last, by node
  /// @param files in its directory
  @Json(naming = Json.Naming.LowerUnderscore)
  public record TimelineDump(
      TimelineStatus status,
      Map<String, String> persisted,
      List<String> partials,
      Map<String, PeerDump> peers,
      List<FileDump> files) {}

  /// What a peer told last.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record PeerDump(
      long term, long lastLogTerm, String flushLsn, String commitLsn, boolean hasProposer) {}

  /// A file; `allocated_bytes` is not told by Java, the size of a segment is not what it takes.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record FileDump(String name, long sizeBytes) {}
}
