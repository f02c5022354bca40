package dev.argon.compute.proposer;

import dev.argon.pgwire.PgClientSettings;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import java.nio.file.Path;

/// Where the WAL comes from.
///
/// @param server how to connect, as the application that `synchronous_standby_names` names
/// @param from where PostgreSQL goes on: the boot record's end; below it local WAL is made up
/// @param walDirectory the server's `pg_wal`
public record PostgresStream(
    PgClientSettings server, Lsn from, Path walDirectory, WalLayout layout) {}
