package dev.argon.compute.proposer;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.FramedWal;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.PageserverFeedback;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// The proposer of one timeline, as the rest of the compute sees it. Used in this order: start,
/// [#awaitElected], [#append] of the boot record if one is needed, [#streamFrom] PostgreSQL.
public final class WalProposer implements AutoCloseable {

  /// WAL that waits longer than this for the quorum is worth a word in the status.
  private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long CLOSE_MILLIS = 3000;

  /// How a proposer ends by itself, or was ended.
  public sealed interface End {

    /// Another compute was elected.
    record Fenced(String message) implements End {}

    /// A safekeeper took the end of the log with it, before anything was committed.
    record Stranded(String message) implements End {}

    /// A bug, or the machine: the proposer has stopped, nothing is acknowledged any more.
    record Failed(Exception cause) implements End {}

    /// By [WalProposer#close].
    record Closed() implements End {}
  }

  private final ProposerLoop loop;
  private final CommitBoard board;
  private final Thread thread;

  private WalProposer(ProposerLoop loop, CommitBoard board, Thread thread) {
    this.loop = loop;
    this.board = board;
    this.thread = thread;
  }

  /// Begins to connect to the safekeepers and to campaign.
  ///
  /// @param onEnd called once, from the proposer's thread, when it ends by itself; after that
  ///   nothing is acknowledged any more
  public static WalProposer start(ProposerConfiguration configuration, Consumer<End> onEnd)
      throws IOException {
    CommitBoard board = new CommitBoard();
    ProposerLoop loop =
        new ProposerLoop(configuration, board, Clock.systemUTC(), System::nanoTime, onEnd);
    Thread thread = Thread.ofPlatform().daemon().name("walproposer").start(loop::run);
    return new WalProposer(loop, board, thread);
  }

  /// Waits until this proposer has won a term; there is no limit, a majority of the safekeepers may
  /// be away.
  public ElectedLog awaitElected() throws FencedException, StrandedException, InterruptedException {
    board.await(() -> board.elected().isPresent());
    return board.elected().orElseThrow();
  }

  /// Appends WAL of the compute's own making: the boot record, as the first thing of the term.
  public void append(FramedWal wal) {
    loop.append(wal);
  }

  /// Waits until a majority has everything up to `lsn`, in this term.
  public Lsn awaitCommitted(Lsn lsn)
      throws FencedException, StrandedException, InterruptedException {
    board.await(() -> board.commit().isAtLeast(lsn));
    return board.commit();
  }

  /// Begins to receive PostgreSQL's WAL, and to acknowledge it. Whenever the connection is lost it
  /// is made anew.
  public void streamFrom(PostgresStream source) {
    loop.streamFrom(source);
  }

  /// From now on calls these, from the proposer's thread, with each new commit LSN and with what
  /// the pageserver says of itself whenever that changes. They must not block.
  public void tell(LongConsumer onCommitted, Consumer<PageserverFeedback> onPageserver) {
    loop.tell(onCommitted, onPageserver);
  }

  /// Tells which safekeepers keep the timeline from now on: the proposer connects to those that are
  /// new, counts by the new configuration and lets go of those that are members no more, without
  /// giving up its term. A configuration that is no news changes nothing. From any thread.
  public void membership(MembershipConfiguration told) {
    loop.membership(told);
  }

  /// Waits until PostgreSQL's WAL is being received.
  public Lsn awaitStreaming() throws FencedException, StrandedException, InterruptedException {
    board.await(board::isStreaming);
    return board.commit();
  }

  /// How far it is. From any thread.
  public ProposerProgress progress() {
    List<String> reasons = new ArrayList<>();
    long waiting = board.waitingNanos(System.nanoTime());
    if (waiting > STALL_NANOS) {
      reasons.add(
          String.format(
              Locale.ROOT,
              "commits have been waiting for a majority of the safekeepers for %d s",
              TimeUnit.NANOSECONDS.toSeconds(waiting)));
    }
    for (SafekeeperLink safekeeper : loop.safekeepers()) {
      String trouble = safekeeper.trouble;
      if (!trouble.isEmpty()) {
        reasons.add(safekeeper + ": " + trouble);
      }
    }
    return new ProposerProgress(
        board.elected().map(ElectedLog::term).orElse(0L),
        new Lsn(board.receivedLsn()),
        board.commit(),
        board.isStreaming(),
        reasons);
  }

  /// Tells the safekeepers the last commit LSN and ends.
  @Override
  public void close() {
    loop.close();
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
