package dev.argon.controlplane.storage;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// What a pageserver says of a timeline.
///
/// @param systemId a number or its text; empty if it did not say
@Json(naming = Json.Naming.LowerUnderscore)
public record TimelineInfo(
    String timelineId,
    @Nullable String ancestorTimelineId,
    @Nullable String ancestorLsn,
    String lastRecordLsn,
    @Nullable Object systemId) {

  public TimelineInfo {
    JsonCodec.required(timelineId, "timeline_id");
    JsonCodec.required(lastRecordLsn, "last_record_lsn");
  }

  /// PostgreSQL's system identifier in decimal; empty if the pageserver did not say.
  public String systemIdText() {
    return switch (systemId) {
      case null -> "";
      case String text -> text;
      case Number number -> Long.toUnsignedString(number.longValue());
      default -> systemId.toString();
    };
  }
}
