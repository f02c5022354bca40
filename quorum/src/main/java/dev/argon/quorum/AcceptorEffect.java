package dev.argon.quorum;

import dev.argon.postgres.Lsn;

/// What the driver of an [AcceptorState] has to do, in the order given and each done before the
/// next: an answer behind a write to disk must not leave before the write is durable. If one fails
/// the process ends; the state machine never learns of a failed effect.
public sealed interface AcceptorEffect {

  /// Write the bytes of the append into the log. Not durable before [Flush].
  record WriteWal(Lsn beginLsn, Lsn endLsn) implements AcceptorEffect {}

  /// Make all written WAL durable.
  record Flush() implements AcceptorEffect {}

  /// Cut the log off at `endLsn`, durably: nothing above may be found again after a restart.
  record TruncateWal(Lsn endLsn) implements AcceptorEffect {}

  /// Make this the content of the control file, durably.
  record PersistControl(ControlState control) implements AcceptorEffect {}

  /// Send this to the proposer.
  record Reply(AcceptorMessage message) implements AcceptorEffect {}

  /// The proposer has broken a rule, or is not to be served: tell it why and end the connection.
  record Refuse(String reason) implements AcceptorEffect {}
}
