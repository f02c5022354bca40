/// PostgreSQL's own bytes, read and written without PostgreSQL: positions in the WAL, pages, WAL
/// records, the control file, relation maps, SLRU pages. Pure functions and views over memory;
/// nothing here opens a file or a socket. Everything above (redo, quorum, pageserver, compute)
/// stands on it.
///
/// What depends on PostgreSQL's major version sits in one package per version beside the common
/// ones. All multi-byte values are little-endian: the formats are those of x86-64 and arm64
/// servers.
@NullMarked
package dev.argon.postgres;

import org.jspecify.annotations.NullMarked;
