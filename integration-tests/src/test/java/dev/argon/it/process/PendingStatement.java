package dev.argon.it.process;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// A statement that is expected to wait, in a session and a thread of its own.
public final class PendingStatement implements AutoCloseable {

  private final String name;
  private final Connection connection;
  private final Statement statement;
  private final long backendPid;
  private final CompletableFuture<Boolean> answer = new CompletableFuture<>();

  private PendingStatement(String name, Connection connection) throws SQLException {
    this.name = name;
    this.connection = connection;
    this.statement = connection.createStatement();
    this.backendPid = ConnectionSource.number(connection, "select pg_backend_pid()");
  }

  /// Runs `before` to the end, then sends `sql` and does not wait for it.
  public static PendingStatement send(
      String name, ConnectionSource source, String before, String sql) throws SQLException {
    PendingStatement pending = new PendingStatement(name, source.open());
    if (!before.isEmpty()) {
      pending.statement.execute(before);
    }
    Thread.ofVirtual()
        .name("pending-" + name)
        .start(() -> {
          try {
            pending.statement.execute(sql);
            pending.answer.complete(true);
          } catch (SQLException e) {
            pending.answer.completeExceptionally(e);
          }
        });
    return pending;
  }

  public long backendPid() {
    return backendPid;
  }

  /// Whether the server answered, well or with an error.
  public boolean isAnswered() {
    return answer.isDone();
  }

  /// Whether the server said that it is done.
  public boolean isAcknowledged() {
    return answer.isDone() && !answer.isCompletedExceptionally();
  }

  /// The server's error, if it answered with one.
  public Optional<String> error() {
    if (!answer.isCompletedExceptionally()) {
      return Optional.empty();
    }
    try {
      answer.join();
      return Optional.empty();
    } catch (CompletionException e) {
      return Optional.of(String.valueOf(e.getCause()));
    }
  }

  /// Asks the server to cancel, as psql does on control-C.
  public void cancel() throws SQLException {
    statement.cancel();
  }

  @Override
  public void close() throws SQLException {
    connection.abort(Runnable::run);
  }

  @Override
  public String toString() {
    return name + (isAnswered() ? error().map(e -> " failed: " + e).orElse(" done") : " waits");
  }
}
