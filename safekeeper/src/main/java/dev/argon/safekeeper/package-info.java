/// The safekeeper: keeps the WAL of timelines safe. An acceptor of the consensus (module `quorum`)
/// on disk and on the network; computes push WAL to it, pageservers and peers read from it, the
/// control plane creates timelines on it. See `docs/safekeeper.md`.
///
/// What must never break: nothing is answered before it is on disk; a vote or a term is never taken
/// back; committed WAL is never changed, and removed only when it is durable elsewhere; a failed
/// sync ends the process.
///
/// Threads that touch files are platform threads that nobody interrupts: an interrupt would close
/// the file under all of them.
@NullMarked
package dev.argon.safekeeper;

import org.jspecify.annotations.NullMarked;
