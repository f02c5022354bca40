package dev.argon.controlplane.metadata;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The three shapes of statement that the stores need.
final class Sql {

  private Sql() {}

  /// Makes a value of the row under the cursor.
  @FunctionalInterface
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /// @return how many rows changed
  static int update(Connection connection, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, values)) {
      return statement.executeUpdate();
    }
  }

  static <T> List<T> list(Connection connection, RowReader<T> reader, String sql, Object... values)
      throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, values);
        ResultSet rows = statement.executeQuery()) {
      List<T> result = new ArrayList<>();
      while (rows.next()) {
        result.add(reader.read(rows));
      }
      return List.copyOf(result);
    }
  }

  static <T> Optional<T> first(
      Connection connection, RowReader<T> reader, String sql, Object... values)
      throws SQLException {
    List<T> rows = list(connection, reader, sql, values);
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.getFirst());
  }

  private static PreparedStatement prepare(Connection connection, String sql, Object... values)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      Object value = values[i];
      // An empty reference column is NULL; text columns are never NULL.
      if (value instanceof Optional<?> optional) {
        statement.setObject(i + 1, optional.isPresent() ? optional.get() : null);
      } else {
        statement.setObject(i + 1, value instanceof Boolean b ? (b ? 1 : 0) : value);
      }
    }
    return statement;
  }
}
