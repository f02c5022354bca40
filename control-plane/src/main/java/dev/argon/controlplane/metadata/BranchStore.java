package dev.argon.controlplane.metadata;

import dev.argon.identity.TimelineId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The branches and which safekeepers hold them.
public final class BranchStore {

  private static final String SELECT =
      "select id, project_id, name, timeline_id, parent_id, requested_lsn, parent_timestamp,"
          + " parent_lsn, system_id, start_lsn, safekeepers_generation, is_default, state,"
          + " created_at from branch";

  private final Database database;
  private final InstantSource clock;

  public BranchStore(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// A safekeeper that shall hold a branch.
  ///
  /// @param created whether it has confirmed
  public record Member(String branchId, long nodeId, boolean created) {}

  /// @throws MetadataException if the project has a branch of this name
  public void insert(Branch branch, List<Long> members) {
    Branch.Origin none = new Branch.Origin("", "", "", "");
    Branch.Origin origin = branch.origin().orElse(none);
    database.write(c -> {
      Sql.update(
          c,
          "insert into branch (id, project_id, parent_id, parent_lsn, parent_timestamp,"
              + " requested_lsn, name, timeline_id, system_id, start_lsn,"
              + " safekeepers_generation, is_default, state, created_at, updated_at)"
              + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
          branch.safekeepersGeneration(),
          branch.isDefault(),
          branch.state().wireName(),
          branch.createdAt(),
          branch.createdAt());
      for (long member : members) {
        Sql.update(c, "insert into branch_member values (?, ?, 0)", branch.id(), member);
      }
      return branch;
    });
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

  public List<Member> members(String branchId) {
    return database.read(c ->
        Sql.list(
            c,
            BranchStore::readMember,
            "select branch_id, node_id, created from branch_member where branch_id = ?"
                + " order by node_id",
            branchId));
  }

  /// Members of ready branches that have not confirmed yet.
  public List<Member> missingMembers() {
    return database.read(c ->
        Sql.list(
            c,
            BranchStore::readMember,
            "select m.branch_id, m.node_id, m.created from branch_member m"
                + " join branch b on b.id = m.branch_id"
                + " where m.created = 0 and b.state = 'ready' order by 1, 2"));
  }

  public void setMemberCreated(String branchId, long nodeId) {
    database.write(c ->
        Sql.update(
            c,
            "update branch_member set created = 1 where branch_id = ? and node_id = ?",
            branchId,
            nodeId));
  }

  public void delete(String id) {
    database.write(c -> Sql.update(c, "delete from branch where id = ?", id));
  }

  private static Member readMember(ResultSet row) throws SQLException {
    return new Member(row.getString(1), row.getLong(2), row.getBoolean(3));
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
        row.getInt(11),
        row.getBoolean(12),
        LifeState.parse(row.getString(13)),
        row.getString(14));
  }
}
