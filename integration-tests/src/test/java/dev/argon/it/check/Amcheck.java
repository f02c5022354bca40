package dev.argon.it.check;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PostgresPrograms;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Whether tables, indexes and visibility maps of every database fit together.
public final class Amcheck {

  private static final Duration LIMIT = Duration.ofMinutes(4);

  private Amcheck() {}

  /// `pg_amcheck --all --heapallindexed`, then `pg_check_visible` and `pg_check_frozen` of every
  /// table in every database.
  ///
  /// @throws AssertionError with what was found
  public static void verify(ConnectionSource source) throws SQLException {
    verifyStructure(source);
    verifyVisibility(source);
  }

  /// As [#verify], with `--parent-check`: nobody else writes.
  public static void verifyAlone(ConnectionSource source) throws SQLException {
    verifyStructure(source, "--parent-check");
    verifyVisibility(source);
  }

  /// Only pg_amcheck.
  public static void verifyStructure(ConnectionSource source, String... more) {
    URI uri = URI.create(source.uri());
    String[] user = uri.getRawUserInfo().split(":", 2);
    Command command =
        Command.of(
            PostgresPrograms.path("pg_amcheck"),
            "--all",
            "--heapallindexed",
            "--install-missing",
            "--host=" + uri.getHost(),
            "--port=" + uri.getPort(),
            "--username=" + user[0],
            "--maintenance-db=" + uri.getPath().substring(1));
    command = command.plus(more);
    if (user.length == 2) {
      command = command.with("PGPASSWORD", user[1]);
    }
    Command.Result result = command.run(LIMIT);
    if (result.exitCode() != 0 || !result.out().isBlank()) {
      throw new AssertionError("pg_amcheck is not clean: " + result);
    }
  }

  /// Only the visibility maps.
  public static void verifyVisibility(ConnectionSource source) throws SQLException {
    List<String> found = new ArrayList<>();
    for (String database : source.databases()) {
      try (Connection connection = source.database(database).open();
          Statement statement = connection.createStatement()) {
        statement.execute("set client_min_messages = warning");
        statement.execute("create extension if not exists pg_visibility");
        for (String check : List.of("pg_check_visible", "pg_check_frozen")) {
          for (String row :
              ConnectionSource.strings(
                  connection,
                  "select c.oid::regclass || ' at ' || t from pg_class c, %s(c.oid) t"
                          .formatted(check)
                      + " where c.relkind in ('r', 'm', 't') and c.relpersistence <> 't'")) {
            found.add("%s in %s: %s".formatted(check, database, row));
          }
        }
      }
    }
    if (!found.isEmpty()) {
      throw new AssertionError(
          "the visibility map is wrong in %d places:%n%s"
              .formatted(found.size(), String.join("\n", found.stream().limit(20).toList())));
    }
  }
}
