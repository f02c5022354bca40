package dev.argon.node;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// The answer `{}` of a request that has nothing to tell, for [HttpJsonClient].
///
/// @param unused never present
@Json
public record Done(@Nullable String unused) {}
