package dev.argon.controlplane.metadata;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The log of operations.
public final class OperationStore {

  /// Older ones of a project are forgotten.
  private static final int KEPT_PER_PROJECT = 500;

  private static final String SELECT =
      "select id, project_id, branch_id, endpoint_id, action, status, error, created_at, updated_at"
          + " from operation";

  private final Database database;
  private final InstantSource clock;

  public OperationStore(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// Begins an operation.
  public Operation begin(
      String id, String projectId, String branchId, String endpointId, String action) {
    String now = clock.instant().toString();
    return database.write(c -> {
      Sql.update(
          c,
          "insert into operation values (?, ?, ?, ?, ?, 'running', '', ?, ?)",
          id,
          projectId,
          branchId,
          endpointId,
          action,
          now,
          now);
      Sql.update(
          c,
          "delete from operation where project_id = ? and status <> 'running' and id not in"
              + " (select id from operation where project_id = ?"
              + " order by created_at desc limit ?)",
          projectId,
          projectId,
          KEPT_PER_PROJECT);
      return new Operation(
          id, projectId, branchId, endpointId, action, Operation.Status.RUNNING, "", now, now);
    });
  }

  /// Ends it.
  ///
  /// @param error why it failed; empty if it did not
  public void end(String id, String error) {
    database.write(c ->
        Sql.update(
            c,
            "update operation set status = ?, error = ?, updated_at = ? where id = ?",
            error.isEmpty() ? "finished" : "failed",
            error,
            clock.instant().toString(),
            id));
  }

  /// Ends what a control plane left running that did not come to its end.
  public void endInterrupted() {
    database.write(c ->
        Sql.update(
            c,
            "update operation set status = 'failed', updated_at = ?,"
                + " error = 'the control plane ended before it was done'"
                + " where status = 'running'",
            clock.instant().toString()));
  }

  public List<Operation> list(String projectId, int limit) {
    return database.read(c ->
        Sql.list(
            c,
            OperationStore::read,
            SELECT + " where project_id = ? order by created_at desc, id limit ?",
            projectId,
            limit));
  }

  public Optional<Operation> find(String id) {
    return database.read(c -> Sql.first(c, OperationStore::read, SELECT + " where id = ?", id));
  }

  private static Operation read(ResultSet row) throws SQLException {
    return new Operation(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        Operation.Status.parse(row.getString(6)),
        row.getString(7),
        row.getString(8),
        row.getString(9));
  }
}
