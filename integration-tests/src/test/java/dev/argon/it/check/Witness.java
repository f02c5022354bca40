package dev.argon.it.check;

import dev.argon.it.process.ConnectionSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;

/// Commits one row after the other at a primary, and measures how long after the acknowledgement a
/// replica shows it: every single one.
public final class Witness implements AutoCloseable {

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  /// A row that is not there by then never comes.
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(40);

  private final ConnectionSource primary;
  private final ConnectionSource replica;
  private final List<Long> delaysNanos = new ArrayList<>();
  private final List<String> late = new ArrayList<>();
  private volatile boolean stopping;
  private CompletableFuture<Void> running = CompletableFuture.completedFuture(null);

  public Witness(ConnectionSource primary, ConnectionSource replica) {
    this.primary = primary;
    this.replica = replica;
  }

  /// From the acknowledgement of a commit to the first look that saw the row.
  ///
  /// @param late those that took longer than a second: what came when
  public record Delays(
      int rows, long medianMicros, long p99Micros, long maxMicros, List<String> late) {

    static Delays of(List<Long> nanos, List<String> late) {
      List<Long> sorted = new ArrayList<>(nanos);
      Collections.sort(sorted);
      return new Delays(
          sorted.size(),
          sorted.get(sorted.size() / 2) / 1000,
          sorted.get(sorted.size() * 99 / 100) / 1000,
          sorted.getLast() / 1000,
          List.copyOf(late));
    }
  }

  /// Begins once the replica has the table.
  public void start() throws SQLException {
    primary.execute("create table if not exists witness (seq bigint primary key, at timestamptz)");
    Awaitility.await("the witness's table")
        .atMost(Duration.ofNanos(LIMIT_NANOS))
        .until(() -> replica.string("select to_regclass('witness') is not null").equals("t"));
    running = CompletableFuture.runAsync(this::run, Thread.ofPlatform().daemon()::start);
  }

  private void run() {
    try (Connection writer = primary.open();
        Connection reader = replica.open();
        Statement insert = writer.createStatement()) {
      long seq = ConnectionSource.number(writer, "select coalesce(max(seq), 0) from witness");
      while (!stopping) {
        seq++;
        insert.execute("insert into witness values (" + seq + ", clock_timestamp())");
        long acknowledged = System.nanoTime();
        awaitRow(reader, seq, acknowledged);
        long delay = System.nanoTime() - acknowledged;
        delaysNanos.add(delay);
        if (delay > TimeUnit.SECONDS.toNanos(1)) {
          late.add("row %d at %s".formatted(seq, Instant.now()));
        }
        long rows = ConnectionSource.number(reader, "select count(*) from witness");
        if (rows != seq) {
          throw new AssertionError("the replica shows %d rows, not %d".formatted(rows, seq));
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (SQLException e) {
      throw new CompletionException(e);
    }
  }

  private static void awaitRow(Connection reader, long seq, long acknowledged) throws SQLException {
    while (ConnectionSource.strings(reader, "select 1 from witness where seq = " + seq).isEmpty()) {
      if (System.nanoTime() - acknowledged > LIMIT_NANOS) {
        throw new AssertionError("row " + seq + " is committed and the replica never shows it");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /// @throws AssertionError if a row was missing
  public Delays stop() {
    stopping = true;
    try {
      running.join();
    } catch (CompletionException e) {
      throw new AssertionError("witness: " + e.getCause(), e);
    }
    return Delays.of(delaysNanos, late);
  }

  @Override
  public void close() {
    stopping = true;
    try {
      running.join();
    } catch (CompletionException e) {
      return; // what has come of it is told by [#stop]
    }
  }
}
