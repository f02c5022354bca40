/// Keeps the relation files below the cache limit: drops blocks that the pageserver can rebuild as
/// far as PostgreSQL can tell, and keeps the others.
///
/// One thread, created by whoever supervises PostgreSQL. What must never break: bytes are dropped
/// only in state EVICTING, and only after [dev.argon.compute.eviction.KeepRule] has allowed it; its
/// rules and their reasons are in `docs/page-faults.md`.
@NullMarked
package dev.argon.compute.eviction;

import org.jspecify.annotations.NullMarked;
