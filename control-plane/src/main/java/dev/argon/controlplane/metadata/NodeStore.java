package dev.argon.controlplane.metadata;

import dev.argon.node.HostPort;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// The storage nodes that have registered.
public final class NodeStore {

  private static final String COLUMNS = "select kind, node_id, pg_address, http_address";

  private final Database database;

  public NodeStore(Database database) {
    this.database = database;
  }

  /// Adds the node, or takes its new addresses.
  public void put(StorageNode node) {
    database.write(c ->
        Sql.update(
            c,
            "insert into storage_node (kind, node_id, pg_address, http_address)"
                + " values (?, ?, ?, ?) on conflict (kind, node_id) do update"
                + " set pg_address = excluded.pg_address,"
                + " http_address = excluded.http_address",
            node.kind().wireName(),
            node.nodeId(),
            node.pgAddress().toString(),
            node.httpAddress().toString()));
  }

  public List<StorageNode> list(StorageNode.Kind kind) {
    return database.read(c ->
        Sql.list(
            c,
            NodeStore::read,
            COLUMNS + " from storage_node where kind = ? order by node_id",
            kind.wireName()));
  }

  public Optional<StorageNode> find(StorageNode.Kind kind, long nodeId) {
    return database.read(c ->
        Sql.first(
            c,
            NodeStore::read,
            COLUMNS + " from storage_node where kind = ? and node_id = ?",
            kind.wireName(),
            nodeId));
  }

  private static StorageNode read(ResultSet row) throws SQLException {
    return new StorageNode(
        StorageNode.Kind.parse(row.getString(1)),
        row.getLong(2),
        HostPort.parse(row.getString(3)),
        HostPort.parse(row.getString(4)));
  }
}
