package dev.argon.safekeeper.api;

import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ServerIdentity;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.WalUsers;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What `GET /v1/tenant/{t}/timeline/{tl}` answers.
///
/// @param state `active`, or why the timeline cannot be used
/// @param residency `present`, or `evicted` if the WAL is in the object store only
/// @param mconf absent, as `acceptorState` and `pgInfo` are, if the timeline cannot be used
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
    String state,
    String residency,
    @Nullable ConfigurationJson mconf,
    @Nullable AcceptorJson acceptorState,
    @Nullable ServerJson pgInfo,
    List<WalSenderJson> walsenders,
    List<WalReceiverJson> walreceivers) {

  /// @param epoch the term that wrote the end of the log
  @Json(naming = Json.Naming.LowerUnderscore)
  public record AcceptorJson(long term, long epoch, List<TermEntryJson> termHistory) {}

  /// The server whose WAL it is.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record ServerJson(int pgVersion, long systemId, int walSegSize) {

    private static ServerJson of(ServerIdentity server) {
      return new ServerJson(server.pgVersion(), server.systemId(), server.walSegmentBytes());
    }
  }

  /// One who reads.
  ///
  /// @param remoteConsistentLsn what it reported, if it is a pageserver
  @Json(naming = Json.Naming.LowerUnderscore)
  public record WalSenderJson(
      String peer, String application, String sentLsn, @Nullable String remoteConsistentLsn) {

    private static WalSenderJson of(WalUsers.Sender sender) {
      return new WalSenderJson(
          sender.peer(),
          sender.application(),
          sender.sentLsn().toString(),
          sender.feedback().map(it -> it.remoteConsistentLsn().toString()).orElse(null));
    }
  }

  /// One who writes: a proposer.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record WalReceiverJson(String peer) {}

  static TimelineStatus of(Timeline timeline) {
    AcceptorState acceptor = timeline.state();
    List<TermEntryJson> history =
        acceptor.control().history().entries().stream()
            .map(entry -> new TermEntryJson(entry.term().value(), entry.lsn().toString()))
            .toList();
    return new TimelineStatus(
        acceptor.tenant().toString(),
        acceptor.timeline().toString(),
        acceptor.term().value(),
        acceptor.lastLogTerm().value(),
        history,
        acceptor.control().timelineStartLsn().toString(),
        acceptor.flushLsn().toString(),
        acceptor.commitLsn().toString(),
        acceptor.control().backupLsn().toString(),
        acceptor.control().remoteConsistentLsn().toString(),
        acceptor.truncateLsn().toString(),
        acceptor.control().membership().generation(),
        "active",
        timeline.archive().evictedLsn().isPresent() ? "evicted" : "present",
        ConfigurationJson.of(acceptor.control().membership()),
        new AcceptorJson(acceptor.term().value(), acceptor.lastLogTerm().value(), history),
        ServerJson.of(acceptor.control().server()),
        timeline.users().senders().stream().map(WalSenderJson::of).toList(),
        timeline.users().receivers().stream()
            .map(receiver -> new WalReceiverJson(receiver.peer()))
            .toList());
  }

  static TimelineStatus unusable(TimelineKey key, String reason) {
    String none = "0/0";
    return new TimelineStatus(
        key.tenant().toString(),
        key.timeline().toString(),
        0,
        0,
        List.of(),
        none,
        none,
        none,
        none,
        none,
        none,
        0,
        reason,
        "present",
        null,
        null,
        null,
        List.of(),
        List.of());
  }
}
