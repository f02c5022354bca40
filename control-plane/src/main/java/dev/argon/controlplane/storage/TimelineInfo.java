package dev.argon.controlplane.storage;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// What a pageserver says of a timeline.
///
/// @param systemId PostgreSQL's system identifier in decimal; as text, because many readers of JSON
///   keep only 53 bits of a number
@Json(naming = Json.Naming.LowerUnderscore)
public record TimelineInfo(
    String timelineId,
    @Nullable String ancestorTimelineId,
    @Nullable String ancestorLsn,
    String lastRecordLsn,
    @Nullable String systemId) {

  public TimelineInfo {
    JsonCodec.required(timelineId, "timeline_id");
    JsonCodec.required(lastRecordLsn, "last_record_lsn");
  }

  /// Empty if the pageserver did not say.
  public String systemIdText() {
    return systemId == null ? "" : systemId;
  }
}
