package dev.argon.quorum;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;

/// What a proposer is for.
///
/// @param acceptorCount how many safekeepers it was given
/// @param generationMin the membership generation it was given: it campaigns with none lower; 0 is
///   "any"
public record ProposerSettings(
    TenantId tenant,
    TimelineId timeline,
    ServerIdentity server,
    int acceptorCount,
    int generationMin) {}
