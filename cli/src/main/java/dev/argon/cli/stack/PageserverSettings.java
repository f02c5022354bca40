package dev.argon.cli.stack;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// A pageserver's configuration file.
///
/// @param controlPlane its base URL
/// @param tokenFile absent: safekeepers ask for none
/// @param tlsAuthorities absent: safekeepers speak no TLS
@Json(naming = Json.Naming.LowerUnderscore)
public record PageserverSettings(
    long nodeId,
    String directory,
    String pgAddress,
    String httpAddress,
    String objectStore,
    String controlPlane,
    String postgresBin,
    @Nullable String tokenFile,
    @Nullable String tlsAuthorities,
    long memoryLayerBytesMax,
    long pageCacheBytes) {}
