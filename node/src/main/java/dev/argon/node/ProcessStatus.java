package dev.argon.node;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;

/// What a process says of itself in `GET /v1/status`.
///
/// @param kind `safekeeper`, `pageserver`, `control-plane`, `compute`
/// @param addresses by purpose (`http`, `pg`), `host:port`
/// @param health `ok`, `degraded` (works, but somebody should look) or `failed`
/// @param reasons why the health is not `ok`, each a sentence that says what to do
/// @param timelines the LSNs of each timeline it works on
@Json(naming = Json.Naming.LowerUnderscore)
public record ProcessStatus(
    String kind,
    String name,
    long pid,
    Map<String, String> addresses,
    String directory,
    String health,
    List<String> reasons,
    List<TimelineLsns> timelines) {

  public static final String OK = "ok";
  public static final String DEGRADED = "degraded";
  public static final String FAILED = "failed";

  public ProcessStatus {
    JsonCodec.required(kind, "kind");
    JsonCodec.required(name, "name");
    JsonCodec.required(health, "health");
    addresses = Map.copyOf(JsonCodec.required(addresses, "addresses"));
    reasons = List.copyOf(JsonCodec.required(reasons, "reasons"));
    timelines = List.copyOf(JsonCodec.required(timelines, "timelines"));
  }

  /// One timeline's positions.
  ///
  /// @param lsns by name (`flush_lsn`, `commit_lsn`, `last_record_lsn`, ...), in PostgreSQL's text
  ///   form
  @Json(naming = Json.Naming.LowerUnderscore)
  public record TimelineLsns(String tenantId, String timelineId, Map<String, String> lsns) {
    public TimelineLsns {
      JsonCodec.required(tenantId, "tenant_id");
      JsonCodec.required(timelineId, "timeline_id");
      lsns = Map.copyOf(JsonCodec.required(lsns, "lsns"));
    }
  }
}
