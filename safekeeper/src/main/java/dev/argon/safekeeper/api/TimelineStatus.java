package dev.argon.safekeeper.api;

import dev.argon.quorum.AcceptorState;
import dev.argon.safekeeper.TimelineKey;
import io.avaje.jsonb.Json;
import java.util.List;

/// What `GET /v1/tenant/{t}/timeline/{tl}` answers.
///
/// @param state `active`, or why the timeline cannot be used
@Json(naming = Json.Naming.LowerUnderscore)
public record TimelineStatus(
    String tenantId,
    String timelineId,
    long term,
    long lastLogTerm,
    List<TermEntryJson> termHistory,
    String timelineStartLsn,
    String flushLsn,
    String commitLsn,
    String backupLsn,
    String remoteConsistentLsn,
    String peerHorizonLsn,
    int generation,
    String state) {

  static TimelineStatus of(AcceptorState acceptor) {
    return new TimelineStatus(
        acceptor.tenant().toString(),
        acceptor.timeline().toString(),
        acceptor.term().value(),
        acceptor.lastLogTerm().value(),
        acceptor.control().history().entries().stream()
            .map(entry -> new TermEntryJson(entry.term().value(), entry.lsn().toString()))
            .toList(),
        acceptor.control().timelineStartLsn().toString(),
        acceptor.flushLsn().toString(),
        acceptor.commitLsn().toString(),
        acceptor.control().backupLsn().toString(),
        acceptor.control().remoteConsistentLsn().toString(),
        acceptor.truncateLsn().toString(),
        acceptor.control().membership().generation(),
        "active");
  }

  static TimelineStatus unusable(TimelineKey key, String reason) {
    return new TimelineStatus(
        key.tenant().toString(),
        key.timeline().toString(),
        0,
        0,
        List.of(),
        "0/0",
        "0/0",
        "0/0",
        "0/0",
        "0/0",
        "0/0",
        0,
        reason);
  }
}
