package dev.argon.pageserver;

import dev.argon.node.JsonCodec;
import dev.argon.pgwire.tls.ClientTls;
import io.avaje.jsonb.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The configuration file; see `docs/interfaces.md`.
///
/// @param objectStore a directory
/// @param controlPlane its base URL, to validate generations; absent: every generation counts
/// @param tokenFile a file with this pageserver's token for safekeepers; absent: they ask for none
/// @param tlsAuthorities a PEM file with who signs the certificates of safekeepers; absent: their
///   connections are not encrypted
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
    @Nullable String tokenFile,
    @Nullable String tlsAuthorities,
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

  /// What proves to safekeepers who this is; empty if they need no proof.
  String token() throws IOException {
    return tokenFile == null ? "" : Files.readString(Path.of(tokenFile)).strip();
  }

  /// How safekeepers are known.
  ClientTls safekeeperTls() throws IOException {
    return tlsAuthorities == null
        ? ClientTls.disabled()
        : ClientTls.trusting(Path.of(tlsAuthorities));
  }

  /// Where PostgreSQL's programs are.
  public String postgresBinOrDefault() {
    return postgresBin == null ? "/usr/lib/postgresql/15/bin" : postgresBin;
  }
}
