package dev.argon.it.suites;

import dev.argon.it.process.ConnectionSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The visibility maps of all permanent tables of all databases, bit for bit, and locks that keep
/// vacuum from changing them until this is closed.
final class HeldMaps implements AutoCloseable {

  private static final String TABLES =
      "c.relkind = 'r' and c.relpersistence = 'p' and c.oid >= 16384";

  private static final String LOCK =
      "do $$ declare t regclass; begin for t in select c.oid from pg_class c where "
          + TABLES
          + " loop execute format('lock table only %s in share update exclusive mode', t);"
          + " end loop; end $$";

  private static final String MAPS =
      "select c.oid::regclass || ' ' || string_agg(m.all_visible::int::text"
          + " || m.all_frozen::int::text, '' order by m.blkno)"
          + " from pg_class c, pg_visibility_map(c.oid) m where "
          + TABLES
          + " and c.oid::regclass::text not like '% %' group by c.oid";

  private final List<Connection> connections = new ArrayList<>();
  private final Map<String, String> maps = new TreeMap<>();

  private HeldMaps() {}

  static HeldMaps take(ConnectionSource source) throws SQLException {
    HeldMaps held = new HeldMaps();
    boolean taken = false;
    try {
      for (String database : source.databases()) {
        held.take(database, source.database(database).open());
      }
      taken = true;
      return held;
    } finally {
      if (!taken) {
        held.close();
      }
    }
  }

  private void take(String database, Connection connection) throws SQLException {
    connections.add(connection);
    try (Statement statement = connection.createStatement()) {
      statement.execute("set client_min_messages = warning");
      statement.execute("create extension if not exists pg_visibility");
      connection.setAutoCommit(false);
      statement.execute(LOCK);
      for (String row : ConnectionSource.strings(connection, MAPS)) {
        int space = row.indexOf(' ');
        maps.put(database + " " + row.substring(0, space), row.substring(space + 1));
      }
    }
  }

  /// Two bits for each block (all visible, all frozen), by database and table.
  Map<String, String> maps() {
    return maps;
  }

  /// How many bits are set.
  long bits() {
    return maps.values().stream().flatMapToInt(String::chars).filter(bit -> bit == '1').count();
  }

  /// The server may be gone by then.
  @Override
  public void close() {
    for (Connection connection : connections) {
      try {
        connection.close();
      } catch (SQLException e) {
        System.out.println("HeldMaps: " + e.getMessage());
      }
    }
  }
}
