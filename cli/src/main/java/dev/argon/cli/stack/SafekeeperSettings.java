package dev.argon.cli.stack;

import io.avaje.jsonb.Json;
import java.util.List;

/// A safekeeper's configuration file.
@Json(naming = Json.Naming.LowerUnderscore)
public record SafekeeperSettings(
    long nodeId,
    String directory,
    String pgAddress,
    String httpAddress,
    String objectStore,
    List<Peer> peers) {

  /// Another safekeeper.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Peer(long id, String pgAddress) {}
}
