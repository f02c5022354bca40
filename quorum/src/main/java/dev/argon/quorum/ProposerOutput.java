package dev.argon.quorum;

import dev.argon.postgres.Lsn;

/// What the driver of a [ProposerState] has to do. An acceptor is named by a number that is never
/// given to another one: the first are the indexes in [ProposerSettings#safekeepers], the next come
/// with [Joined].
public sealed interface ProposerOutput {

  /// Send this message (never an append).
  record Send(int acceptor, ProposerMessage message) implements ProposerOutput {}

  /// [ProposerState#nextAppend] or [ProposerState#recovery] has something for this acceptor.
  record AppendReady(int acceptor) implements ProposerOutput {}

  /// Close the connection, and connect again later: the acceptor is not what it should be.
  record Disconnect(int acceptor, String reason) implements ProposerOutput {}

  /// The membership names one more acceptor: connect to it from now on. Its number is one above the
  /// highest so far.
  record Joined(int acceptor, SafekeeperAddress address) implements ProposerOutput {}

  /// The acceptor is no member any more, or is known by another number: close the connection and do
  /// not connect again. The number means nothing from now on.
  record Left(int acceptor, String reason) implements ProposerOutput {}

  /// This proposer leads its term now.
  record Won(Election election) implements ProposerOutput {}

  /// WAL up to here is committed: it may be acknowledged. Only grows.
  record Committed(Lsn commitLsn) implements ProposerOutput {}

  /// Another proposer is newer: nothing more can be committed, and nothing may be read any more.
  /// The proposer has stopped.
  ///
  /// @param term the higher term
  record Fenced(Term term, String reason) implements ProposerOutput {}

  /// WAL below this term's start, which nobody has committed, is gone with those that had it. The
  /// proposer has stopped; another election starts lower.
  record Stranded(String reason) implements ProposerOutput {}
}
