package dev.argon.safekeeper.api;

import dev.argon.identity.NodeId;
import dev.argon.node.JsonCodec;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ServerIdentity;
import io.avaje.jsonb.Json;
import java.util.List;

/// Body of `POST /v1/tenant/{t}/timeline/{tl}`.
///
/// @param startLsn where its WAL begins: the end of a record
/// @param pgVersion `PG_VERSION_NUM`, or the major version alone
/// @param walSegSize bytes; 0 or absent is 16 MiB
@Json(naming = Json.Naming.LowerUnderscore)
public record TimelineCreateRequest(
    String startLsn,
    int pgVersion,
    long systemId,
    int walSegSize,
    int generation,
    List<MemberJson> members) {

  private static final int SEGMENT_BYTES_DEFAULT = 16 << 20;
  private static final int MAJOR_FACTOR = 10_000;
  private static final int MAJOR_MAX = 1_000;

  public TimelineCreateRequest {
    JsonCodec.required(startLsn, "start_lsn");
    members = List.copyOf(JsonCodec.required(members, "members"));
  }

  /// The control state of a timeline made by this request.
  ///
  /// @throws IllegalArgumentException if a value in it is wrong
  public ControlState toControlState() {
    if (generation <= 0) {
      throw new IllegalArgumentException("generation must be positive, it is " + generation);
    }
    MembershipConfiguration membership =
        new MembershipConfiguration(
            generation,
            members.stream()
                .map(member ->
                    new MembershipConfiguration.Member(
                        new NodeId(member.id()), member.host(), member.pgPort()))
                .toList(),
            List.of());
    ServerIdentity server =
        new ServerIdentity(
            pgVersion < MAJOR_MAX ? pgVersion * MAJOR_FACTOR : pgVersion,
            systemId,
            walSegSize == 0 ? SEGMENT_BYTES_DEFAULT : walSegSize);
    return ControlState.create(membership, server, Lsn.parse(startLsn));
  }
}
