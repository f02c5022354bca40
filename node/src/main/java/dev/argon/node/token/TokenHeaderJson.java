package dev.argon.node.token;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// The JSON of a token's header.
@Json(naming = Json.Naming.LowerUnderscore)
public record TokenHeaderJson(@Nullable String alg, @Nullable String typ) {}
