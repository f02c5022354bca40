package dev.argon.pageserver.service;

import dev.argon.pageserver.timeline.TimelineIndex;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The JSON of the management surface; see `docs/interfaces.md`. LSNs are in PostgreSQL's text
/// form.
public final class TimelineMessages {

  private TimelineMessages() {}

  /// Body of `PUT location_config`.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record LocationConfig(@Nullable String mode, long generation) {}

  /// How a new cluster is made.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record BootstrapRequest(
      @Nullable String locale, @Nullable String superuser, @Nullable String password) {}

  /// Body of `POST timeline`.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record CreateRequest(
      @Nullable String newTimelineId,
      int pgVersion,
      @Nullable BootstrapRequest bootstrap,
      @Nullable String ancestorTimelineId,
      @Nullable String ancestorStartLsn,
      @Nullable String ancestorTimestamp) {}

  /// Its answer.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Created(
      String timelineId,
      @Nullable String ancestorTimelineId,
      @Nullable String ancestorLsn,
      @Nullable String requestedLsn,
      String lastRecordLsn,
      String systemId,
      int pgVersion) {}

  /// A timeline.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record TimelineInfo(
      String tenantId,
      String timelineId,
      @Nullable String ancestorTimelineId,
      @Nullable String ancestorLsn,
      String firstLsn,
      String lastRecordLsn,
      String prevRecordLsn,
      String diskConsistentLsn,
      String remoteConsistentLsn,
      long currentLogicalSize,
      int pgVersion,
      String systemId,
      long term,
      String walSource,
      String state,
      List<String> reasons) {}

  /// Answer of `get_lsn_by_timestamp`.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record LsnByTimestampAnswer(String lsn, String kind) {}

  /// Answer of `layer`.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Layers(List<TimelineIndex.Layer> layers) {}

  /// Body of `PUT ingest_delay`.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record IngestDelay(long millis) {}
}
