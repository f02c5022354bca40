package dev.argon.safekeeper;

import dev.argon.identity.NodeId;
import dev.argon.node.HostPort;
import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The configuration file of a safekeeper.
///
/// @param nodeId stays with the directory for ever
/// @param directory where timelines are
/// @param pgAddress `host:port` of the PostgreSQL protocol; port 0 takes any
/// @param httpAddress `host:port` of the HTTP surface; port 0 takes any
/// @param objectStore the directory of the object store
/// @param peers the other safekeepers; informative, a timeline's members are its own
@Json(naming = Json.Naming.LowerUnderscore)
public record SafekeeperConfig(
    long nodeId,
    String directory,
    String pgAddress,
    String httpAddress,
    String objectStore,
    @Nullable List<Peer> peers) {

  /// Another safekeeper.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Peer(long id, String pgAddress) {}

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

  Path directoryPath() {
    return Path.of(directory).toAbsolutePath();
  }
}
