package dev.argon.controlplane.metadata;

import dev.argon.identity.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The projects and their attachments' generations.
public final class ProjectStore {

  private static final String SELECT =
      "select id, name, tenant_id, generation, pageserver_id, pg_version, locale, superuser,"
          + " password, state, created_at from project";

  private final Database database;
  private final InstantSource clock;

  public ProjectStore(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// @throws MetadataException if the name or an id is taken
  public void insert(Project project) {
    database.write(c ->
        Sql.update(
            c,
            "insert into project values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            project.id(),
            project.name(),
            project.tenant().toString(),
            project.generation(),
            project.pageserverId(),
            project.pgVersion(),
            project.locale(),
            project.owner().user(),
            project.owner().password(),
            project.state().wireName(),
            project.createdAt(),
            project.createdAt()));
  }

  public List<Project> list() {
    return database.read(c -> Sql.list(c, ProjectStore::read, SELECT + " order by created_at, id"));
  }

  public Optional<Project> find(String id) {
    return database.read(c -> Sql.first(c, ProjectStore::read, SELECT + " where id = ?", id));
  }

  public Optional<Project> findByTenant(TenantId tenant) {
    return database.read(
        c -> Sql.first(c, ProjectStore::read, SELECT + " where tenant_id = ?", tenant.toString()));
  }

  public void setState(String id, LifeState state) {
    database.write(c ->
        Sql.update(
            c,
            "update project set state = ?, updated_at = ? where id = ?",
            state.wireName(),
            clock.instant().toString(),
            id));
  }

  /// Issues new generations to all projects of a pageserver: what it wrote before can be told from
  /// what it writes from now on.
  ///
  /// @return the projects with their new generations
  public List<Project> reattach(long pageserverId) {
    return database.write(c -> {
      Sql.update(
          c,
          "update project set generation = generation + 1, updated_at = ?"
              + " where pageserver_id = ?",
          clock.instant().toString(),
          pageserverId);
      return Sql.list(c, ProjectStore::read, SELECT + " where pageserver_id = ?", pageserverId);
    });
  }

  /// Raises every generation far above any that may have been issued after the copy was made from
  /// which this database was restored.
  void raiseGenerations(long by) {
    database.write(c -> Sql.update(c, "update project set generation = generation + ?", by));
  }

  public void delete(String id) {
    database.write(c -> Sql.update(c, "delete from project where id = ?", id));
  }

  private static Project read(ResultSet row) throws SQLException {
    return new Project(
        row.getString(1),
        row.getString(2),
        TenantId.parse(row.getString(3)),
        row.getLong(4),
        row.getLong(5),
        row.getInt(6),
        row.getString(7),
        new Project.Login(row.getString(8), row.getString(9)),
        LifeState.parse(row.getString(10)),
        row.getString(11));
  }
}
