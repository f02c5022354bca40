package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.ConnectionSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/// A replica that somebody promotes, which nothing keeps.
final class PromotedReplica {

  private PromotedReplica() {}

  /// Promotes it and tries to write until the server ends, which is soon.
  ///
  /// @return how many commits were acknowledged
  static int commits(ConnectionSource replica, Duration limit) throws SQLException {
    int acknowledged = 0;
    Set<String> refusals = new TreeSet<>();
    long deadline = System.nanoTime() + limit.toNanos();
    try (Connection connection = replica.open();
        Statement statement = connection.createStatement()) {
      statement.execute("select pg_promote(false)");
      while (!connection.isClosed() && System.nanoTime() < deadline) {
        try {
          statement.execute("insert into kept_apart values (-1)");
          acknowledged++;
        } catch (SQLException e) {
          refusals.add(e.getSQLState());
        }
      }
      assertThat(connection.isClosed()).as("the server has ended: %s", refusals).isTrue();
    }
    System.out.println("ReplicaIT: a promoted replica refused with " + refusals);
    return acknowledged;
  }
}
