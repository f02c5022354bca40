/// The control file `global/pg_control` and the checkpoint in it. The compute writes it for a new
/// data directory, the pageserver reads the one initdb made and keeps the checkpoint up to date.
///
/// Never to break: what is written here is read by PostgreSQL before anything else; a wrong
/// checksum or size makes a server refuse to start.
@NullMarked
package dev.argon.postgres.control;

import org.jspecify.annotations.NullMarked;
