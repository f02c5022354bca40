package dev.argon.safekeeper.api;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.JsonCodec;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.ServerIdentity;
import dev.argon.safekeeper.TimelineKey;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Body of `POST /v1/tenant/{t}/timeline/{tl}` (with `generation` and `members`), and of `POST
/// /v1/tenant/timeline` (with the ids and `mconf`).
///
/// @param startLsn where its WAL begins: the end of a record
/// @param commitLsn up to where it is committed; only the start LSN is possible
/// @param pgVersion `PG_VERSION_NUM`, or the major version alone
/// @param walSegSize bytes; 0 or absent is 16 MiB
@Json(naming = Json.Naming.LowerUnderscore)
public record TimelineCreateRequest(
    @Nullable String tenantId,
    @Nullable String timelineId,
    String startLsn,
    @Nullable String commitLsn,
    int pgVersion,
    long systemId,
    int walSegSize,
    @Nullable ConfigurationJson mconf,
    int generation,
    @Nullable List<MemberJson> members) {

  private static final int SEGMENT_BYTES_DEFAULT = 16 << 20;
  private static final int MAJOR_FACTOR = 10_000;
  private static final int MAJOR_MAX = 1_000;

  public TimelineCreateRequest {
    JsonCodec.required(startLsn, "start_lsn");
  }

  /// The name, where it stands in the body.
  ///
  /// @throws IllegalArgumentException if it does not
  TimelineKey key() {
    return new TimelineKey(
        TenantId.parse(JsonCodec.required(tenantId, "tenant_id")),
        TimelineId.parse(JsonCodec.required(timelineId, "timeline_id")));
  }

  /// The control state of a timeline made by this request.
  ///
  /// @throws IllegalArgumentException if a value in it is wrong
  public ControlState toControlState() {
    ConfigurationJson configuration =
        mconf != null
            ? mconf
            : new ConfigurationJson(generation, JsonCodec.required(members, "members"), null);
    if (commitLsn != null && !Lsn.parse(commitLsn).equals(Lsn.parse(startLsn))) {
      throw new IllegalArgumentException(
          "commit_lsn must be start_lsn, a timeline with WAL is pulled, not created");
    }
    ServerIdentity server =
        new ServerIdentity(
            pgVersion < MAJOR_MAX ? pgVersion * MAJOR_FACTOR : pgVersion,
            systemId,
            walSegSize == 0 ? SEGMENT_BYTES_DEFAULT : walSegSize);
    return ControlState.create(configuration.toConfiguration(), server, Lsn.parse(startLsn));
  }
}
