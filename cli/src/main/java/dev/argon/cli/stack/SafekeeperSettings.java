package dev.argon.cli.stack;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A safekeeper's configuration file.
@Json(naming = Json.Naming.LowerUnderscore)
public record SafekeeperSettings(
    long nodeId,
    String directory,
    String pgAddress,
    String httpAddress,
    String objectStore,
    List<Peer> peers,
    Security security) {

  /// Another safekeeper.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Peer(long id, String pgAddress) {}

  /// Whom it lets in, and how it is let in by others.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Security(
      @Nullable String tokenPublicKey, @Nullable String tokenFile, @Nullable Tls tls) {}

  /// Files, and whether nobody is let in without TLS and the HTTP port speaks HTTPS.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Tls(
      String certificate, String privateKey, String authorities, boolean required, boolean https) {}
}
