package dev.argon.controlplane;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The file behind `--config`.
///
/// @param directory where the metadata lives
/// @param httpAddress where the API listens
/// @param objectStore the directory that gets the copy of the metadata
/// @param endpointsDirectory the endpoints' directories
/// @param endpointHost what endpoints listen on
/// @param endpointPortFirst they take pairs of ports from here
/// @param computeCommand the JVM with its options and class path, without the program's arguments
/// @param postgresBin the directory of PostgreSQL's programs
/// @param extensionLibrary the shim's path without `.so`
/// @param locale of new projects; absent for `C.UTF-8`
/// @param tokenPrivateKey a PEM file with the Ed25519 key that signs tokens for safekeepers;
///   absent: they let everybody in
/// @param tlsAuthorities a PEM file with who signs the certificates of safekeepers; absent: nothing
///   is encrypted
@Json(naming = Json.Naming.LowerUnderscore)
public record ControlPlaneConfig(
    String directory,
    String httpAddress,
    String objectStore,
    String endpointsDirectory,
    String endpointHost,
    int endpointPortFirst,
    List<String> computeCommand,
    String postgresBin,
    String extensionLibrary,
    @Nullable String locale,
    @Nullable String tokenPrivateKey,
    @Nullable String tlsAuthorities) {

  public ControlPlaneConfig {
    JsonCodec.required(directory, "directory");
    JsonCodec.required(httpAddress, "http_address");
    JsonCodec.required(objectStore, "object_store");
    JsonCodec.required(endpointsDirectory, "endpoints_directory");
    JsonCodec.required(endpointHost, "endpoint_host");
    JsonCodec.required(computeCommand, "compute_command");
    JsonCodec.required(postgresBin, "postgres_bin");
    JsonCodec.required(extensionLibrary, "extension_library");
  }
}
