package dev.argon.controlplane.metadata;

import dev.argon.identity.NodeId;
import dev.argon.identity.TimelineId;
import dev.argon.quorum.MembershipConfiguration;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The branches. Which safekeepers hold them is in [MembershipStore].
public final class BranchStore {

  private static final String SELECT =
      "select id, project_id, name, timeline_id, parent_id, requested_lsn, parent_timestamp,"
          + " parent_lsn, system_id, start_lsn, is_default, state, created_at from branch";

  private final Database database;
  private final InstantSource clock;

  public BranchStore(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// Inserts a branch with the safekeepers that shall hold it.
  ///
  /// @return false, and nothing has changed, if one of them is not active any more
  /// @throws MetadataException if the project has a branch of this name
  public boolean insert(Branch branch, MembershipConfiguration members) {
    Branch.Origin none = new Branch.Origin("", "", "", "");
    Branch.Origin origin = branch.origin().orElse(none);
    return database.write(c -> {
      for (NodeId member : Membership.ids(members.members())) {
        if (!isActive(c, member)) {
          return false;
        }
      }
      Sql.update(
          c,
          "insert into branch (id, project_id, parent_id, parent_lsn, parent_timestamp,"
              + " requested_lsn, name, timeline_id, system_id, start_lsn,"
              + " is_default, state, created_at, updated_at)"
              + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          branch.id(),
          branch.projectId(),
          branch.origin().map(Branch.Origin::parentId),
          origin.lsn(),
          origin.timestamp(),
          origin.requestedLsn(),
          branch.name(),
          branch.timeline().toString(),
          branch.systemId(),
          branch.startLsn(),
          branch.isDefault(),
          branch.state().wireName(),
          branch.createdAt(),
          branch.createdAt());
      MembershipStore.insert(c, branch.id(), members);
      return true;
    });
  }

  private static boolean isActive(Connection connection, NodeId node) throws SQLException {
    return Sql.first(
            connection,
            row -> row.getLong(1),
            "select node_id from storage_node"
                + " where kind = 'safekeeper' and node_id = ? and state = 'active'",
            node.value())
        .isPresent();
  }

  public List<Branch> list(String projectId) {
    return database.read(c ->
        Sql.list(
            c,
            BranchStore::read,
            SELECT + " where project_id = ? order by created_at, id",
            projectId));
  }

  public List<Branch> listInState(LifeState state) {
    return database.read(c ->
        Sql.list(
            c,
            BranchStore::read,
            SELECT + " where state = ? order by created_at, id",
            state.wireName()));
  }

  public List<Branch> children(String id) {
    return database.read(
        c -> Sql.list(c, BranchStore::read, SELECT + " where parent_id = ? order by name", id));
  }

  public Optional<Branch> find(String id) {
    return database.read(c -> Sql.first(c, BranchStore::read, SELECT + " where id = ?", id));
  }

  /// The LSN that was asked for is known: a repeated attempt takes the same.
  public void setRequestedLsn(String id, String lsn) {
    update("update branch set requested_lsn = ?, updated_at = ? where id = ?", id, lsn);
  }

  /// The pageserver has made the timeline.
  public void setStart(String id, String startLsn, String systemId) {
    database.write(c ->
        Sql.update(
            c,
            "update branch set start_lsn = ?, system_id = ?, updated_at = ?,"
                + " parent_lsn = case when parent_id is null then '' else ? end where id = ?",
            startLsn,
            systemId,
            clock.instant().toString(),
            startLsn,
            id));
  }

  public void setState(String id, LifeState state) {
    update("update branch set state = ?, updated_at = ? where id = ?", id, state.wireName());
  }

  private void update(String sql, String id, String value) {
    database.write(c -> Sql.update(c, sql, value, clock.instant().toString(), id));
  }

  public void delete(String id) {
    database.write(c -> Sql.update(c, "delete from branch where id = ?", id));
  }

  private static Branch read(ResultSet row) throws SQLException {
    String parent = row.getString(5);
    Optional<Branch.Origin> origin =
        row.wasNull()
            ? Optional.empty()
            : Optional.of(
                new Branch.Origin(parent, row.getString(6), row.getString(7), row.getString(8)));
    return new Branch(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        TimelineId.parse(row.getString(4)),
        origin,
        row.getString(9),
        row.getString(10),
        row.getBoolean(11),
        LifeState.parse(row.getString(12)),
        row.getString(13));
  }
}
