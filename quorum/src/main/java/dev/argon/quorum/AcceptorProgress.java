package dev.argon.quorum;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import org.jspecify.annotations.Nullable;

/// What a [ProposerState] knows of one acceptor.
final class AcceptorProgress {

  /// Where the connection is. OFFLINE -> GREETING -> GREETED -> VOTING -> VOTED -> ACTIVE; a new
  /// campaign goes back to VOTING.
  enum Stage {
    OFFLINE,
    GREETING,
    GREETED,
    VOTING,
    VOTED,
    ACTIVE
  }

  Stage stage = Stage.OFFLINE;

  // Known since its greeting, kept when the connection is lost.
  @Nullable NodeId node;
  Term term = Term.ZERO;

  // About the current campaign; a vote stays given when the connection is lost.
  AcceptorMessage.@Nullable VoteResponse vote;
  boolean granted;
  boolean refused;

  /// Durable there in our term: never goes back while we lead.
  Lsn flushLsn = Lsn.INVALID;

  // About the connection.
  Lsn sentLsn = Lsn.INVALID;
  Lsn sentCommitLsn = Lsn.INVALID;
  boolean heartbeatDue;

  boolean isGreeted() {
    return stage.compareTo(Stage.GREETED) >= 0;
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
}
