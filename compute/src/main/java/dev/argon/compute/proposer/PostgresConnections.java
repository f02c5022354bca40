package dev.argon.compute.proposer;

import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.Lsn;
import java.io.IOException;

/// Makes the proposer a standby of its PostgreSQL; blocks.
final class PostgresConnections {

  /// Keeps in `pg_wal` what the quorum has not got yet. Never dropped, and never invalidated
  /// (`max_slot_wal_keep_size = -1`).
  static final String SLOT = "walproposer";

  private static final String DUPLICATE_OBJECT = "42710";

  private PostgresConnections() {}

  /// Connects and begins to stream.
  static PgClient.Detached stream(PostgresStream source, Lsn from)
      throws IOException, PgErrorException {
    PgClient client = PgClient.connect(source.server().withReplication());
    boolean open = false;
    try {
      createSlot(client);
      client.copyBoth("START_REPLICATION SLOT " + SLOT + " PHYSICAL " + from + " TIMELINE 1");
      open = true;
      return client.detach();
    } finally {
      if (!open) {
        client.close();
      }
    }
  }

  private static void createSlot(PgClient client) throws IOException, PgErrorException {
    try {
      client.query("CREATE_REPLICATION_SLOT " + SLOT + " PHYSICAL RESERVE_WAL");
    } catch (PgErrorException e) {
      if (!e.error().sqlState().equals(DUPLICATE_OBJECT)) {
        throw e;
      }
    }
  }
}
