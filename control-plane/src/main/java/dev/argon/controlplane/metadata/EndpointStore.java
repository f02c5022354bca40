package dev.argon.controlplane.metadata;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Types;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The endpoints, their settings and whether they shall run.
public final class EndpointStore {

  private static final String SELECT =
      "select id, project_id, branch_id, name, type, static_lsn, pg_port, http_port, wanted,"
          + " start_number, settings, created_at, updated_at from endpoint";

  private final Database database;
  private final InstantSource clock;

  public EndpointStore(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// @throws MetadataException if the name or a port is taken or the branch has a writer already
  public void insert(Endpoint endpoint) {
    database.write(c ->
        Sql.update(
            c,
            "insert into endpoint (id, project_id, branch_id, name, type, static_lsn, pg_port,"
                + " http_port, wanted, start_number, settings, created_at, updated_at)"
                + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            endpoint.id(),
            endpoint.projectId(),
            endpoint.branchId(),
            endpoint.name(),
            endpoint.type().wireName(),
            endpoint.staticLsn(),
            endpoint.pgPort(),
            endpoint.httpPort(),
            endpoint.wanted(),
            endpoint.startNumber(),
            toJson(endpoint.settings()),
            endpoint.createdAt(),
            endpoint.updatedAt()));
  }

  public List<Endpoint> listAll() {
    return database.read(
        c -> Sql.list(c, EndpointStore::read, SELECT + " order by created_at, id"));
  }

  public List<Endpoint> list(String projectId) {
    return database.read(c ->
        Sql.list(
            c,
            EndpointStore::read,
            SELECT + " where project_id = ? order by created_at, id",
            projectId));
  }

  public Optional<Endpoint> find(String id) {
    return database.read(c -> Sql.first(c, EndpointStore::read, SELECT + " where id = ?", id));
  }

  public void setWanted(String id, boolean wanted) {
    database.write(c ->
        Sql.update(
            c,
            "update endpoint set wanted = ?, updated_at = ? where id = ?",
            wanted,
            clock.instant().toString(),
            id));
  }

  /// Takes the next start number; no number is used twice.
  public long nextStart(String id) {
    return database.write(c -> {
      Sql.update(c, "update endpoint set start_number = start_number + 1 where id = ?", id);
      return Sql.first(
              c, row -> row.getLong(1), "select start_number from endpoint where id = ?", id)
          .orElseThrow(() -> new SQLException("there is no endpoint " + id));
    });
  }

  public void setSettings(String id, Map<String, String> settings) {
    database.write(c ->
        Sql.update(
            c,
            "update endpoint set settings = ?, updated_at = ? where id = ?",
            toJson(settings),
            clock.instant().toString(),
            id));
  }

  public void delete(String id) {
    database.write(c -> Sql.update(c, "delete from endpoint where id = ?", id));
  }

  private static String toJson(Map<String, String> settings) {
    return JsonCodec.<Map<String, String>>typeOf(Types.mapOf(String.class)).toJson(settings);
  }

  private static Endpoint read(ResultSet row) throws SQLException {
    return new Endpoint(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        Endpoint.Type.parse(row.getString(5)),
        row.getString(6),
        row.getInt(7),
        row.getInt(8),
        row.getBoolean(9),
        row.getLong(10),
        JsonCodec.<Map<String, String>>typeOf(Types.mapOf(String.class))
            .fromJson(row.getString(11)),
        row.getString(12),
        row.getString(13));
  }
}
