package dev.argon.cli.stack;

import io.avaje.jsonb.Json;

/// A pageserver's configuration file.
///
/// @param controlPlane its base URL
@Json(naming = Json.Naming.LowerUnderscore)
public record PageserverSettings(
    long nodeId,
    String directory,
    String pgAddress,
    String httpAddress,
    String objectStore,
    String controlPlane,
    String postgresBin,
    long memoryLayerBytesMax,
    long pageCacheBytes) {}
