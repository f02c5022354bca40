package dev.argon.compute;

import dev.argon.postgres.Lsn;
import java.util.concurrent.CompletableFuture;

/// What can happen to a compute; handled one after the other by the main thread.
sealed interface ComputeEvent {

  /// PostgreSQL's process runs.
  record ServerLaunched() implements ComputeEvent {}

  /// PostgreSQL answers queries and the proposer streams.
  record Started() implements ComputeEvent {}

  record StartFailed(Exception cause) implements ComputeEvent {}

  /// The postmaster has ended.
  record PostgresEnded(int exitStatus) implements ComputeEvent {}

  /// A safekeeper knows a newer term: another compute has been elected.
  record Fenced(String message) implements ComputeEvent {}

  /// The proposer cannot go on, though nobody newer was seen.
  record ProposerFailed(Exception cause) implements ComputeEvent {}

  /// What a fast stop does before the server's own shutdown is done, well or not.
  record StopPrepared() implements ComputeEvent {}

  /// Somebody wants the compute to end.
  ///
  /// @param answer completes with the committed end of the log when PostgreSQL has ended
  record StopAsked(StopMode mode, CompletableFuture<Lsn> answer) implements ComputeEvent {}
}
