package dev.argon.controlplane.storage;

import dev.argon.node.JsonCodec;
import dev.argon.postgres.Lsn;
import io.avaje.jsonb.Json;

/// Answer of a safekeeper's `PUT .../membership`: under which configuration it is now, and how far
/// its log goes.
@Json(naming = Json.Naming.LowerUnderscore)
public record MembershipAnswer(
    ConfigurationDocument currentConf, long term, long lastLogTerm, String flushLsn) {

  public MembershipAnswer {
    JsonCodec.required(currentConf, "current_conf");
    JsonCodec.required(flushLsn, "flush_lsn");
  }

  public LogPosition position() {
    return new LogPosition(lastLogTerm, Lsn.parse(flushLsn));
  }
}
