package dev.argon.node.token;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// The JSON of a token's claims.
///
/// @param tenantId 32 hexadecimal digits
/// @param timelineId the same
/// @param exp seconds since 1970
@Json(naming = Json.Naming.LowerUnderscore)
public record TokenJson(
    @Nullable String scope,
    @Nullable String tenantId,
    @Nullable String timelineId,
    @Nullable Long exp) {}
