package dev.argon.safekeeper.api;

import dev.argon.identity.NodeId;
import dev.argon.node.JsonCodec;
import dev.argon.quorum.MembershipConfiguration;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A timeline's membership configuration.
///
/// @param newMembers null or absent if the configuration is not joint
@Json(naming = Json.Naming.LowerUnderscore)
public record ConfigurationJson(
    int generation, List<MemberJson> members, @Nullable List<MemberJson> newMembers) {

  public ConfigurationJson {
    members = List.copyOf(JsonCodec.required(members, "members"));
    newMembers = newMembers == null ? null : List.copyOf(newMembers);
  }

  static ConfigurationJson of(MembershipConfiguration configuration) {
    return new ConfigurationJson(
        configuration.generation(),
        json(configuration.members()),
        configuration.newMembers().isEmpty() ? null : json(configuration.newMembers()));
  }

  private static List<MemberJson> json(List<MembershipConfiguration.Member> members) {
    return members.stream()
        .map(member -> new MemberJson(member.id().value(), member.host(), member.pgPort()))
        .toList();
  }

  /// @throws IllegalArgumentException if it is none
  MembershipConfiguration toConfiguration() {
    if (generation <= 0) {
      throw new IllegalArgumentException("generation must be positive, it is " + generation);
    }
    return new MembershipConfiguration(
        generation, members(members), newMembers == null ? List.of() : members(newMembers));
  }

  private static List<MembershipConfiguration.Member> members(List<MemberJson> members) {
    return members.stream()
        .map(member ->
            new MembershipConfiguration.Member(
                new NodeId(member.id()), member.host(), member.pgPort()))
        .toList();
  }
}
