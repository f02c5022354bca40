package dev.argon.safekeeper.api;

import dev.argon.safekeeper.timeline.Timeline;
import io.avaje.jsonb.Json;

/// What `PUT .../membership` answers: where this safekeeper was when it began to refuse all lower
/// generations.
@Json(naming = Json.Naming.LowerUnderscore)
public record MembershipAnswer(
    ConfigurationJson previousConf,
    ConfigurationJson currentConf,
    long term,
    long lastLogTerm,
    String flushLsn) {

  static MembershipAnswer of(Timeline.MembershipChange change) {
    return new MembershipAnswer(
        ConfigurationJson.of(change.previous()),
        ConfigurationJson.of(change.current()),
        change.term().value(),
        change.lastLogTerm().value(),
        change.flushLsn().toString());
  }
}
