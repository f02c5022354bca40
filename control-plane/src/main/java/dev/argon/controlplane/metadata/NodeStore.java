package dev.argon.controlplane.metadata;

import dev.argon.node.HostPort;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// The storage nodes that have registered, and what the safekeepers among them are used for.
public final class NodeStore {

  private static final String COLUMNS = "select kind, node_id, pg_address, http_address";

  private final Database database;

  public NodeStore(Database database) {
    this.database = database;
  }

  /// Adds the node, or takes its new addresses.
  ///
  /// @return false, and nothing has changed, if the node was decommissioned
  public boolean put(StorageNode node) {
    return database.write(c ->
        Sql.update(
                c,
                "insert into storage_node (kind, node_id, pg_address, http_address)"
                    + " values (?, ?, ?, ?) on conflict (kind, node_id) do update"
                    + " set pg_address = excluded.pg_address,"
                    + " http_address = excluded.http_address"
                    + " where storage_node.state <> 'decommissioned'",
                node.kind().wireName(),
                node.nodeId(),
                node.pgAddress().toString(),
                node.httpAddress().toString())
            == 1);
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

  /// All safekeepers, in the order of their ids.
  public List<Safekeeper> safekeepers() {
    return database.read(c ->
        Sql.list(
            c,
            NodeStore::readSafekeeper,
            COLUMNS
                + ", state, replacement_id, (select count(*) from membership_member m"
                + " where m.node_id = storage_node.node_id)"
                + " from storage_node where kind = 'safekeeper' order by node_id"));
  }

  /// Begins to drain an active safekeeper.
  ///
  /// @param replacementId 0 for whoever has room
  /// @return false if it is not active, or another one is draining
  public boolean beginDrain(long nodeId, long replacementId) {
    return database.write(c ->
        Sql.update(
                c,
                "update storage_node set state = 'draining', replacement_id = ?"
                    + " where kind = 'safekeeper' and node_id = ? and state = 'active'"
                    + " and not exists (select 1 from storage_node other"
                    + "  where other.state = 'draining')",
                replacementId,
                nodeId)
            == 1);
  }

  /// Takes a draining safekeeper as it is.
  ///
  /// @return false if it is not draining
  public boolean cancelDrain(long nodeId) {
    return database.write(c ->
        Sql.update(
                c,
                "update storage_node set state = 'active', replacement_id = 0"
                    + " where kind = 'safekeeper' and node_id = ? and state = 'draining'",
                nodeId)
            == 1);
  }

  /// A draining safekeeper that is nobody's member any more is done with.
  ///
  /// @return false if it is a member, or not draining
  public boolean decommission(long nodeId) {
    return database.write(c ->
        Sql.update(
                c,
                "update storage_node set state = 'decommissioned', replacement_id = 0"
                    + " where kind = 'safekeeper' and node_id = ? and state = 'draining'"
                    + " and not exists (select 1 from membership_member m"
                    + "  where m.node_id = storage_node.node_id)",
                nodeId)
            == 1);
  }

  private static StorageNode read(ResultSet row) throws SQLException {
    return new StorageNode(
        StorageNode.Kind.parse(row.getString(1)),
        row.getLong(2),
        HostPort.parse(row.getString(3)),
        HostPort.parse(row.getString(4)));
  }

  private static Safekeeper readSafekeeper(ResultSet row) throws SQLException {
    return new Safekeeper(
        read(row), SchedulingPolicy.parse(row.getString(5)), row.getLong(6), row.getInt(7));
  }
}
