package dev.argon.quorum;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import java.util.List;

/// What a proposer is for.
///
/// @param safekeepers the addresses it was given to begin with; who they are it learns from their
///   greetings, and who else there is from the membership
/// @param generationMin the membership generation it was given: it campaigns with none lower; 0 is
///   "any"
public record ProposerSettings(
    TenantId tenant,
    TimelineId timeline,
    ServerIdentity server,
    List<SafekeeperAddress> safekeepers,
    int generationMin) {

  public ProposerSettings {
    safekeepers = List.copyOf(safekeepers);
  }
}
