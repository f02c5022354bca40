package dev.argon.pageserver;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// The configuration file; see `docs/interfaces.md`.
///
/// @param objectStore a directory
/// @param controlPlane its base URL, to validate generations; absent: every generation counts
/// @param memoryLayerBytesMax for what is not in files yet, all timelines together; 0: 128 MiB
/// @param pageCacheBytes for rebuilt pages, and half as much again for blocks of layer files; 0: 64
///   MiB
@Json(naming = Json.Naming.LowerUnderscore)
public record PageserverConfig(
    long nodeId,
    String directory,
    String pgAddress,
    String httpAddress,
    String objectStore,
    @Nullable String controlPlane,
    @Nullable String postgresBin,
    long memoryLayerBytesMax,
    long pageCacheBytes) {

  private static final long MEMORY_LAYER_BYTES_DEFAULT = 128L << 20;
  private static final long PAGE_CACHE_BYTES_DEFAULT = 64L << 20;

  public PageserverConfig {
    JsonCodec.required(directory, "directory");
    JsonCodec.required(pgAddress, "pg_address");
    JsonCodec.required(httpAddress, "http_address");
    JsonCodec.required(objectStore, "object_store");
    if (memoryLayerBytesMax <= 0) {
      memoryLayerBytesMax = MEMORY_LAYER_BYTES_DEFAULT;
    }
    if (pageCacheBytes <= 0) {
      pageCacheBytes = PAGE_CACHE_BYTES_DEFAULT;
    }
  }

  /// Where PostgreSQL's programs are.
  public String postgresBinOrDefault() {
    return postgresBin == null ? "/usr/lib/postgresql/15/bin" : postgresBin;
  }
}
