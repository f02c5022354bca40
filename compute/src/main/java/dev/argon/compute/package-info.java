/// One JVM beside one stock PostgreSQL: it makes the data directory, elects itself the writer of
/// the timeline, carries the WAL to the safekeepers as PostgreSQL's synchronous standby, answers
/// page faults, and stops the server when it must.
///
/// Started by the control plane as `ComputeMain --spec FILE`, once per start of an endpoint. What
/// must never break: nothing is acknowledged that a majority of safekeepers has not on disk, and a
/// compute that learns of a newer term stops its PostgreSQL.
@NullMarked
package dev.argon.compute;

import org.jspecify.annotations.NullMarked;
