package dev.argon.controlplane.storage;

import dev.argon.node.JsonCodec;
import dev.argon.quorum.MembershipConfiguration;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A membership configuration as safekeepers, pageservers and computes are told it.
///
/// @param newMembers absent if the configuration is not joint
@Json(naming = Json.Naming.LowerUnderscore)
public record ConfigurationDocument(
    int generation, List<MemberDocument> members, @Nullable List<MemberDocument> newMembers) {

  public ConfigurationDocument {
    JsonCodec.required(members, "members");
  }

  public static ConfigurationDocument of(MembershipConfiguration configuration) {
    return new ConfigurationDocument(
        configuration.generation(),
        MemberDocument.of(configuration.members()),
        configuration.newMembers().isEmpty()
            ? null
            : MemberDocument.of(configuration.newMembers()));
  }
}
