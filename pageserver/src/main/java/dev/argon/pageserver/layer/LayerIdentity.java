package dev.argon.pageserver.layer;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;

/// Whose file it is and which LSNs it covers: above `startLsn`, up to and with `endLsn`.
public record LayerIdentity(
    TenantId tenant, TimelineId timeline, LayerKind kind, long startLsn, long endLsn) {}
