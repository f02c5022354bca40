package dev.argon.compute.spec;

import dev.argon.identity.NodeId;
import dev.argon.node.JsonCodec;
import dev.argon.quorum.MembershipConfiguration;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Body of `POST /notify-safekeepers`: the configuration of the timeline's members.
///
/// @param newMembers absent if no change of members is under way
@Json(naming = Json.Naming.LowerUnderscore)
public record SafekeepersDocument(
    int generation, List<Member> members, @Nullable List<Member> newMembers) {

  private static final int PORT_MAX = 65_535;

  /// One safekeeper.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Member(long id, String host, int pgPort) {
    public Member {
      JsonCodec.required(host, "host");
    }
  }

  public SafekeepersDocument {
    JsonCodec.required(members, "members");
  }

  /// @throws IllegalArgumentException naming what is wrong
  public MembershipConfiguration toConfiguration() {
    if (generation < 1) {
      throw new IllegalArgumentException("generation: must be at least 1, not " + generation);
    }
    List<Member> joint = newMembers == null ? List.of() : newMembers;
    return new MembershipConfiguration(generation, membersOf(members), membersOf(joint));
  }

  private static List<MembershipConfiguration.Member> membersOf(List<Member> set) {
    return set.stream()
        .map(member -> {
          if (member.host().isEmpty() || member.pgPort() < 1 || member.pgPort() > PORT_MAX) {
            throw new IllegalArgumentException("no address of a safekeeper: " + member);
          }
          return new MembershipConfiguration.Member(
              new NodeId(member.id()), member.host(), member.pgPort());
        })
        .toList();
  }
}
