package dev.argon.it.process;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/// Where a test gets connections to a server from: a connection URI as libpq takes it.
public record ConnectionSource(String uri) {

  /// Longer than any wait that is allowed, so that a hang ends as an error of its own.
  private static final int SOCKET_TIMEOUT_SECONDS = 150;

  public Connection open() throws SQLException {
    URI parsed = URI.create(uri);
    String[] user = parsed.getRawUserInfo().split(":", 2);
    Properties properties = new Properties();
    properties.setProperty("user", decode(user[0]));
    if (user.length == 2) {
      properties.setProperty("password", decode(user[1]));
    }
    properties.setProperty("connectTimeout", "10");
    properties.setProperty("loginTimeout", "30");
    properties.setProperty("socketTimeout", Integer.toString(SOCKET_TIMEOUT_SECONDS));
    properties.setProperty("ApplicationName", "argon-it");
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d%s".formatted(parsed.getHost(), port(), parsed.getRawPath()),
        properties);
  }

  /// The same server and user, another database.
  public ConnectionSource database(String name) {
    URI parsed = URI.create(uri);
    return new ConnectionSource(
        "%s://%s@%s:%d/%s"
            .formatted(
                parsed.getScheme(), parsed.getRawUserInfo(), parsed.getHost(), port(), name));
  }

  /// @throws IllegalStateException if the string has none
  public String password() {
    String[] user = URI.create(uri).getRawUserInfo().split(":", 2);
    if (user.length < 2) {
      throw new IllegalStateException("a connection string without a password");
    }
    return decode(user[1]);
  }

  public int port() {
    return URI.create(uri).getPort();
  }

  /// The databases that take connections.
  public List<String> databases() throws SQLException {
    return strings("select datname from pg_database where datallowconn order by 1");
  }

  /// Runs statements one after the other, each in its own transaction.
  public void execute(String... statements) throws SQLException {
    try (Connection connection = open();
        var statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /// The first column of every row, as text; a null is "null".
  public List<String> strings(String query) throws SQLException {
    try (Connection connection = open()) {
      return strings(connection, query);
    }
  }

  /// As [#strings(String)] in a session that is open.
  public static List<String> strings(Connection connection, String query) throws SQLException {
    List<String> values = new ArrayList<>();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      while (rows.next()) {
        values.add(String.valueOf(rows.getString(1)));
      }
    }
    return values;
  }

  public String string(String query) throws SQLException {
    return strings(query).getFirst();
  }

  public long number(String query) throws SQLException {
    return Long.parseLong(string(query));
  }

  public static long number(Connection connection, String query) throws SQLException {
    return Long.parseLong(strings(connection, query).getFirst());
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
