package dev.argon.controlplane.endpoint;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a compute is told (`docs/interfaces.md`, names after Neon's spec).
///
/// @param mode `"Primary"` or `{"Static": "X/X"}`
/// @param storageAuthToken for safekeepers; absent if they ask for none
/// @param storageTlsAuthorities a file; absent if safekeepers speak no TLS
/// @param systemId in decimal
/// @param fileCacheSizeLimitMb from the setting `neon.file_cache_size_limit`; absent for the
///   default
/// @param autoprewarm from the setting `neon.autoprewarm`; absent for the default
@Json(naming = Json.Naming.LowerUnderscore)
public record ComputeSpec(
    double formatVersion,
    String tenantId,
    String timelineId,
    String projectId,
    String branchId,
    String endpointId,
    Object mode,
    String pageserverConnstring,
    String pageserverHttp,
    List<String> safekeeperConnstrings,
    int safekeepersGeneration,
    @Nullable String storageAuthToken,
    @Nullable String storageTlsAuthorities,
    String directory,
    String pgAddress,
    String httpAddress,
    String postgresBin,
    String extensionLibrary,
    String superuser,
    String systemId,
    int pgVersion,
    Map<String, String> settings,
    @Nullable Long fileCacheSizeLimitMb,
    String objectStore,
    @Nullable Boolean autoprewarm) {

  static final double FORMAT_VERSION = 1.0;

  /// Without the token.
  @Override
  public String toString() {
    return "ComputeSpec[endpoint " + endpointId + ", directory " + directory + ']';
  }
}
