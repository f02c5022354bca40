package dev.argon.quorum;

import dev.argon.postgres.Lsn;

/// What the driver of a [ProposerState] has to do. An acceptor is named by its index in the list of
/// safekeepers that the proposer was made with.
public sealed interface ProposerOutput {

  /// Send this message (never an append).
  record Send(int acceptor, ProposerMessage message) implements ProposerOutput {}

  /// [ProposerState#nextAppend] or [ProposerState#recovery] has something for this acceptor.
  record AppendReady(int acceptor) implements ProposerOutput {}

  /// Close the connection, and connect again later: the acceptor is not what it should be.
  record Disconnect(int acceptor, String reason) implements ProposerOutput {}

  /// This proposer leads its term now.
  record Won(Election election) implements ProposerOutput {}

  /// WAL up to here is committed: it may be acknowledged. Only grows.
  record Committed(Lsn commitLsn) implements ProposerOutput {}

  /// Another proposer is newer, or the members have changed: nothing more can be committed, and
  /// nothing may be read any more. The proposer has stopped.
  ///
  /// @param term the higher term, or our own if it is not about a term
  record Fenced(Term term, String reason) implements ProposerOutput {}
}
