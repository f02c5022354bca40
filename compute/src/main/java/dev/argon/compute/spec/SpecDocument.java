package dev.argon.compute.spec;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The spec as it stands in the file (names after Neon's). Any field may be absent here;
/// [ComputeSpec#of] checks.
///
/// @param mode `"Primary"`, `"Replica"` or `{"Static": "X/X"}`
/// @param storageAuthToken for safekeepers that ask for one
/// @param storageTlsAuthorities a PEM file with who signs the certificates of safekeepers, if they
///   speak TLS
/// @param systemId in decimal, unsigned; a text because JSON numbers lose digits
@Json(naming = Json.Naming.LowerUnderscore)
public record SpecDocument(
    @Nullable Double formatVersion,
    @Nullable String tenantId,
    @Nullable String timelineId,
    @Nullable String projectId,
    @Nullable String branchId,
    @Nullable String endpointId,
    @Nullable Object mode,
    @Nullable String pageserverConnstring,
    @Nullable String pageserverHttp,
    @Nullable List<String> safekeeperConnstrings,
    int safekeepersGeneration,
    @Nullable String storageAuthToken,
    @Nullable String storageTlsAuthorities,
    @Nullable String directory,
    @Nullable String pgAddress,
    @Nullable String httpAddress,
    @Nullable String postgresBin,
    @Nullable String extensionLibrary,
    @Nullable String superuser,
    @Nullable String systemId,
    int pgVersion,
    @Nullable Map<String, String> settings,
    @Nullable String sharedBuffers,
    @Nullable Long fileCacheSizeLimitMb,
    @Nullable Long walBacklogLimitMb,
    @Nullable String objectStore,
    @Nullable Boolean autoprewarm,
    @Nullable Long offloadLfcIntervalSeconds) {

  /// Without the token.
  @Override
  public String toString() {
    return "SpecDocument[endpoint " + endpointId + ", directory " + directory + ']';
  }
}
