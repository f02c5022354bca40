package dev.argon.controlplane.storage;

import dev.argon.quorum.MembershipConfiguration;
import io.avaje.jsonb.Json;
import java.util.List;

/// One safekeeper in a membership configuration.
@Json(naming = Json.Naming.LowerUnderscore)
public record MemberDocument(long id, String host, int pgPort) {

  public static List<MemberDocument> of(List<MembershipConfiguration.Member> members) {
    return members.stream()
        .map(member -> new MemberDocument(member.id().value(), member.host(), member.pgPort()))
        .toList();
  }
}
