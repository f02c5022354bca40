package dev.argon.quorum;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import org.jspecify.annotations.Nullable;

/// What a [ProposerState] knows of one acceptor.
final class AcceptorProgress {

  /// Where the connection is. OFFLINE -> GREETING -> GREETED -> VOTING -> VOTED -> ACTIVE; a new
  /// campaign goes back to GREETED, a new membership to GREETING. GONE is for ever.
  enum Stage {
    GONE,
    OFFLINE,
    GREETING,
    GREETED,
    VOTING,
    VOTED,
    ACTIVE
  }

  final int number;
  final SafekeeperAddress address;

  Stage stage = Stage.OFFLINE;

  // Who it is: told by the membership or by its greeting, never changed.
  @Nullable NodeId node;
  Term term = Term.ZERO;

  // About the current campaign; a vote stays given when the connection is lost.
  AcceptorMessage.@Nullable VoteResponse vote;
  boolean granted;
  boolean refused;

  /// Durable there of our log, as it said in our term and in our generation.
  Lsn flushLsn = Lsn.INVALID;

  // About the connection.

  /// The generation in the greeting that was sent last.
  int greetedGeneration;

  /// Whether it has ever answered a greeting: what else it says may then belong to an older
  /// generation.
  boolean hasGreeted;

  /// Where its log and ours part, known while ACTIVE: it has all of our log below.
  Lsn commonLsn = Lsn.INVALID;

  Lsn sentLsn = Lsn.INVALID;
  Lsn sentCommitLsn = Lsn.INVALID;
  boolean heartbeatDue;

  AcceptorProgress(int number, SafekeeperAddress address) {
    this.number = number;
    this.address = address;
  }

  boolean isGreeted() {
    return stage.compareTo(Stage.GREETED) >= 0;
  }

  boolean isConnected() {
    return stage.compareTo(Stage.GREETING) >= 0;
  }

  boolean isActive() {
    return stage == Stage.ACTIVE;
  }

  /// What it surely has of the leader's log.
  Lsn endOfLog() {
    return Lsn.max(flushLsn, commonLsn);
  }

  NodeId id() {
    NodeId id = node;
    if (id == null) {
      throw new IllegalStateException("no greeting yet");
    }
    return id;
  }

  AcceptorMessage.VoteResponse vote() {
    AcceptorMessage.VoteResponse response = vote;
    if (response == null) {
      throw new IllegalStateException("no answer to a vote request yet");
    }
    return response;
  }

  void lost() {
    stage = Stage.OFFLINE;
    hasGreeted = false;
    forgetSent();
  }

  private void forgetSent() {
    commonLsn = Lsn.INVALID;
    sentLsn = Lsn.INVALID;
    sentCommitLsn = Lsn.INVALID;
    heartbeatDue = false;
  }

  void forgetVote() {
    vote = null;
    granted = false;
    refused = false;
    if (stage.compareTo(Stage.GREETED) > 0) {
      stage = Stage.GREETED;
    }
  }

  /// The membership has changed: votes and positions of the generation before count for nothing.
  void forgetGeneration() {
    forgetVote();
    flushLsn = Lsn.INVALID;
    forgetSent();
  }
}
