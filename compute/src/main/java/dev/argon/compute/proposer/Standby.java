package dev.argon.compute.proposer;

import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.HotStandbyFeedback;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The proposer as PostgreSQL knows it: the synchronous standby. Holds the replication connection,
/// hands the WAL that comes over it to the loop, and reports what the quorum has committed. Comes
/// back when the connection is lost. Belongs to the loop's thread.
final class Standby {

  private static final Logger LOG = System.getLogger(Standby.class.getName());

  private static final long RECONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  /// The loop, as seen from here.
  interface Owner {

    /// Runs a task on the loop's thread; the one call for other threads.
    void submit(Runnable task);

    /// Whether the loop is about to end, or the proposer was fenced.
    boolean isOver();

    /// The end of the WAL taken so far.
    long walEndLsn();

    /// Takes WAL that continues at [#walEndLsn()]; the bytes are copied.
    void take(ByteBuffer wal);

    /// Some was taken: time to send it on.
    void walArrived();
  }

  /// Marks the connection's key.
  record Connection() {}

  private final Owner owner;
  private final CommitBoard board;
  private final Clock clock;
  private final Selector selector;
  private Optional<PostgresStream> source = Optional.empty();
  private Optional<PostgresLink> postgres = Optional.empty();

  /// The position PostgreSQL was told last; it may remove its WAL below.
  private long reportedLsn;

  private boolean reportDue;

  /// Why there is no stream, if that was logged.
  private String problem = "";

  /// What replicas need, and whether PostgreSQL has not been told.
  private HotStandbyFeedback needed = HotStandbyFeedback.NONE;

  private boolean needsDue;

  Standby(Owner owner, CommitBoard board, Clock clock, Selector selector) {
    this.owner = owner;
    this.board = board;
    this.clock = clock;
    this.selector = selector;
  }

  /// The log begins at `lsn`: below it PostgreSQL has nothing.
  void begin(long lsn) {
    reportedLsn = lsn;
  }

  /// PostgreSQL runs: its WAL is to be followed.
  void follow(PostgresStream stream) {
    source = Optional.of(stream);
    reportedLsn = stream.from().value();
    connect();
  }

  boolean isStreaming() {
    return postgres.isPresent();
  }

  long reportedLsn() {
    return reportedLsn;
  }

  void close() {
    postgres.ifPresent(ProposerLoop::closeQuietly);
    postgres = Optional.empty();
  }

  private void connect() {
    PostgresStream stream = source.orElseThrow();
    long from = owner.walEndLsn();
    Thread.ofVirtual()
        .name("connect-postgres")
        .start(() -> {
          try {
            PgClient.Detached connection = PostgresConnections.stream(stream, new Lsn(from));
            owner.submit(() -> connected(connection, from));
          } catch (IOException | PgErrorException | RuntimeException e) {
            owner.submit(() -> lost(e));
          }
        });
  }

  private void connected(PgClient.Detached connection, long from) {
    try {
      StreamLink link =
          new StreamLink(connection, selector, new Connection(), PostgresLink.RECEIVE_BYTES);
      postgres = Optional.of(new PostgresLink(link, from, clock));
      board.streaming(true);
      problem = "";
      LOG.log(Level.INFO, "streaming from PostgreSQL at {0}", Lsn.toString(from));
      // The slot still has what the connection before it was told: nothing any more, too, is news.
      needsDue = true;
      report();
      receive();
    } catch (IOException e) {
      lost(e);
    }
  }

  /// The connection's key is ready.
  void ready(SelectionKey key) {
    if (postgres.isEmpty()) {
      return;
    }
    try {
      if (key.isReadable()) {
        receive();
      }
      if (postgres.isPresent() && key.isValid() && key.isWritable()) {
        postgres.get().stream().flush();
      }
    } catch (IOException e) {
      lost(e);
    }
  }

  private void receive() throws IOException {
    PostgresLink link = postgres.orElseThrow();
    long before = owner.walEndLsn();
    try {
      link.receive(owner::take);
    } finally {
      if (owner.walEndLsn() != before) {
        owner.walArrived();
      }
    }
    reportDue |= link.isReplyRequested();
  }

  private void lost(Exception cause) {
    close();
    if (board.isStreaming()) {
      board.streaming(false);
      LOG.log(Level.INFO, "the stream from PostgreSQL has ended: {0}", cause.getMessage());
    } else {
      logProblem(String.valueOf(cause.getMessage()));
    }
    if (!owner.isOver()) {
      Thread.ofVirtual()
          .name("reconnect-postgres")
          .start(() -> {
            try {
              TimeUnit.NANOSECONDS.sleep(RECONNECT_NANOS);
              owner.submit(this::connect);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
  }

  private void logProblem(String now) {
    if (!owner.isOver() && !now.equals(problem)) {
      problem = now;
      LOG.log(Level.WARNING, "no stream from PostgreSQL: {0}", now);
    }
  }

  /// Something is committed that PostgreSQL was not told: it is, in this turn.
  void reportSoon() {
    reportDue = true;
  }

  void reportIfDue() {
    if (reportDue) {
      report();
    }
    if (needsDue) {
      tellNeeds();
    }
  }

  /// Replicas need this; PostgreSQL keeps it from vacuum as it does for a standby of its own.
  void needs(HotStandbyFeedback oldest) {
    needsDue |= oldest.xmin() != needed.xmin() || oldest.catalogXmin() != needed.catalogXmin();
    needed = oldest;
  }

  private void tellNeeds() {
    if (postgres.isEmpty() || postgres.get().stream().isSending()) {
      return;
    }
    needsDue = false;
    try {
      postgres.get().tellNeeds(needed);
    } catch (IOException e) {
      lost(e);
    }
  }

  /// Tells PostgreSQL what is committed, now.
  void report() {
    reportDue = false;
    if (postgres.isEmpty()) { // once fenced there is none
      return;
    }
    if (postgres.get().stream().isSending()) {
      reportDue = true;
      return;
    }
    try {
      reportedLsn = Math.max(reportedLsn, board.commitLsn());
      postgres.get().report(reportedLsn);
    } catch (IOException e) {
      lost(e);
    }
  }
}
