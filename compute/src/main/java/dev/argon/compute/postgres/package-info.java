/// The stock PostgreSQL process of a compute: its configuration files, its command line, its start,
/// its end and the end of all its children.
///
/// What must never break here: the settings on which durability rests stand on the postmaster's
/// command line, where neither a configuration file nor `ALTER SYSTEM` can undo them; and
/// PostgreSQL does not outlive this process.
@NullMarked
package dev.argon.compute.postgres;

import org.jspecify.annotations.NullMarked;
