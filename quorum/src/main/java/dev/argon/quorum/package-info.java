/// The consensus between one WAL proposer (in a compute) and the acceptors (safekeepers) of a
/// timeline, as state machines without clock, socket or file: a message goes in, effects come out.
/// Safekeeper and compute drive them; the simulation in the tests does the same with made-up disks
/// and networks.
///
/// The rules are those of Neon's consensus, a Raft without log entries: terms are won by votes, a
/// log is a run of WAL bytes whose history says which term wrote what, and only ends of whole
/// records count. What must never break, and is checked after each event of the simulation:
/// - a term is won at most once;
/// - what was committed once is in the log of every later leader, unchanged;
/// - an acceptor's term and its commit LSN never go back;
/// - a proposer counts nothing as committed before its own term has begun on a majority.
///
/// See `docs/quorum.md`.
@NullMarked
package dev.argon.quorum;

import org.jspecify.annotations.NullMarked;
