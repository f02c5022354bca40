package dev.argon.controlplane.storage;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;

/// What a safekeeper says of a timeline, as far as the control plane looks at it.
@Json(naming = Json.Naming.LowerUnderscore)
public record SafekeeperTimelineInfo(long lastLogTerm, String flushLsn, String commitLsn) {

  public SafekeeperTimelineInfo {
    JsonCodec.required(flushLsn, "flush_lsn");
    JsonCodec.required(commitLsn, "commit_lsn");
  }
}
