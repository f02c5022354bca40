package dev.argon.controlplane.storage;

import dev.argon.controlplane.metadata.StorageNode;
import io.avaje.jsonb.Json;

/// One safekeeper in a membership configuration.
@Json(naming = Json.Naming.LowerUnderscore)
public record MemberDocument(long id, String host, int pgPort) {

  static MemberDocument of(StorageNode node) {
    return new MemberDocument(node.nodeId(), node.pgAddress().host(), node.pgAddress().port());
  }
}
