package dev.argon.safekeeper;

import dev.argon.identity.NodeId;
import dev.argon.node.HostPort;
import dev.argon.node.JsonCodec;
import dev.argon.safekeeper.archive.ArchiveSettings;
import io.avaje.jsonb.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The configuration file of a safekeeper.
///
/// @param nodeId stays with the directory for ever
/// @param directory where timelines are
/// @param pgAddress `host:port` of the PostgreSQL protocol; port 0 takes any
/// @param httpAddress `host:port` of the HTTP surface; port 0 takes any
/// @param objectStore the directory of the object store
/// @param peers the other safekeepers; informative, a timeline's members are its own
/// @param archive when WAL is archived, forgotten and evicted; absent is the default
/// @param timeouts when a peer that is silent counts as gone; the defaults if absent
/// @param security tokens and TLS; absent: everybody is let in and nothing is encrypted
@Json(naming = Json.Naming.LowerUnderscore)
public record SafekeeperConfig(
    long nodeId,
    String directory,
    String pgAddress,
    String httpAddress,
    String objectStore,
    @Nullable List<Peer> peers,
    @Nullable Archive archive,
    @Nullable Timeouts timeouts,
    @Nullable Security security) {

  /// Tokens and TLS.
  ///
  /// @param tokenPublicKey a PEM file with an Ed25519 public key, or a directory of them: who
  ///   connects needs a token; absent: everybody is let in
  /// @param tokenFile a file with this safekeeper's own token, for other safekeepers
  /// @param tls absent: nothing is encrypted
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Security(
      @Nullable String tokenPublicKey, @Nullable String tokenFile, @Nullable Tls tls) {

    static final Security NONE = new Security(null, null, null);
  }

  /// Files are PEM.
  ///
  /// @param certificate of this safekeeper, its signers' behind it
  /// @param privateKey PKCS#8 without a password
  /// @param authorities who signs the certificates of other safekeepers
  /// @param required whether the PostgreSQL port refuses clients without TLS
  /// @param https whether the HTTP port speaks HTTPS
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Tls(
      String certificate, String privateKey, String authorities, boolean required, boolean https) {
    public Tls {
      JsonCodec.required(certificate, "certificate");
      JsonCodec.required(privateKey, "private_key");
      JsonCodec.required(authorities, "authorities");
    }
  }

  /// Another safekeeper.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Peer(long id, String pgAddress) {}

  /// What is waited for a peer of the PostgreSQL protocol, in milliseconds; 0 or absent takes the
  /// default.
  ///
  /// @param startupMillis from connecting to being let in; default 10 seconds
  /// @param silenceMillis nothing at all is heard, in a stream or between queries; default ten
  ///   minutes. Healthy streams talk once a second.
  /// @param writeMillis nothing is taken of what is sent; default one minute
  /// @param slowSendMillis a send that takes longer is logged; default five seconds
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Timeouts(
      long startupMillis, long silenceMillis, long writeMillis, long slowSendMillis) {

    static final Timeouts DEFAULT = new Timeouts(10_000, 600_000, 60_000, 5_000);

    public Timeouts {
      if (startupMillis < 0 || silenceMillis < 0 || writeMillis < 0 || slowSendMillis < 0) {
        throw new IllegalArgumentException("timeouts must not be negative");
      }
    }

    private Timeouts orDefaults() {
      return new Timeouts(
          startupMillis == 0 ? DEFAULT.startupMillis : startupMillis,
          silenceMillis == 0 ? DEFAULT.silenceMillis : silenceMillis,
          writeMillis == 0 ? DEFAULT.writeMillis : writeMillis,
          slowSendMillis == 0 ? DEFAULT.slowSendMillis : slowSendMillis);
    }
  }

  /// Times in milliseconds, see [ArchiveSettings]; what is absent is the default.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Archive(
      @Nullable Long partialIdleMillis,
      @Nullable Long evictionIdleMillis,
      @Nullable Long retentionMillis) {

    ArchiveSettings settings() {
      ArchiveSettings usual = ArchiveSettings.DEFAULT;
      return new ArchiveSettings(
          Objects.requireNonNullElse(partialIdleMillis, usual.partialIdle()),
          Objects.requireNonNullElse(evictionIdleMillis, usual.evictionIdle()),
          Objects.requireNonNullElse(retentionMillis, usual.retention()),
          usual.turnWait());
    }
  }

  public SafekeeperConfig {
    JsonCodec.required(directory, "directory");
    JsonCodec.required(objectStore, "object_store");
    HostPort.parse(JsonCodec.required(pgAddress, "pg_address"));
    HostPort.parse(JsonCodec.required(httpAddress, "http_address"));
    if (nodeId <= 0) {
      throw new IllegalArgumentException("node_id must be positive, it is " + nodeId);
    }
  }

  NodeId node() {
    return new NodeId(nodeId);
  }

  String name() {
    return "safekeeper-" + nodeId;
  }

  Timeouts timeoutsOrDefaults() {
    return timeouts == null ? Timeouts.DEFAULT : timeouts.orDefaults();
  }

  ArchiveSettings archiveSettings() {
    return archive == null ? ArchiveSettings.DEFAULT : archive.settings();
  }

  Security securityOrNone() {
    return security == null ? Security.NONE : security;
  }

  Path directoryPath() {
    return Path.of(directory).toAbsolutePath();
  }
}
