/// The HTTP surface of a safekeeper: creating, describing and deleting timelines, changes of their
/// membership, snapshots and pulls for the control plane and for other safekeepers; a dump of
/// everything for people. Paths and JSON are Neon's where Neon has them, see `docs/interfaces.md`.
///
/// What must never break: an answer means that what it says is durable; files are touched by
/// [DiskWork] only, never by a request's own thread.
@NullMarked
package dev.argon.safekeeper.api;

import org.jspecify.annotations.NullMarked;
