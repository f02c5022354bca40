package dev.argon.safekeeper.push;

import dev.argon.node.LogContext;
import dev.argon.pgwire.MessageWriter;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.HotStandbyFeedback;
import dev.argon.quorum.PageserverFeedback;
import dev.argon.quorum.wire.ProposerCodec;
import dev.argon.safekeeper.stream.SlowSends;
import dev.argon.safekeeper.timeline.Readers;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The answers to one proposer. The thread that appends sends its own with [#send]: so an append
/// costs one system call to send and wakes nobody. What no append is the cause of goes out from a
/// second thread, as a copy of the last answer to an append: at once if a pageserver has reported
/// something new, and a second after anything was sent last.
///
/// Answers to appends carry what all standbys need; a pageserver's report goes with the first
/// answer after it came, once.
final class Answers {

  static final long SILENCE_MAX_MILLIS = 1_000;

  /// How long the second thread may take to end before its connection is closed under it.
  private static final long CLOSE_MILLIS = 1_000;

  private final MessageWriter writer;
  private final Readers readers;
  private final SlowSends slowSends;

  /// Closes the connection, from any thread.
  private final Runnable abort;

  private final Thread thread;

  /// Orders what is sent, and is held while it is sent: that is its purpose. Guards all below.
  private final ReentrantLock lock = new ReentrantLock();

  private AcceptorMessage.@Nullable AppendResponse last;
  private long attachedCount = -1;
  private long attachedPageserverCount = -1;
  private HotStandbyFeedback hotStandby = HotStandbyFeedback.NONE;
  private long sentNanos = System.nanoTime();

  private volatile boolean stopping;
  private volatile @Nullable IOException failure;

  /// @param id the stream's, for the thread's name
  Answers(
      MessageWriter writer,
      Readers readers,
      SlowSends slowSends,
      long id,
      LogContext context,
      Runnable abort) {
    this.writer = writer;
    this.readers = readers;
    this.slowSends = slowSends;
    this.abort = abort;
    // No virtual thread: one that writes makes the socket non-blocking for the thread that reads.
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("answers-" + id)
            .unstarted(() -> ScopedValue.where(LogContext.CURRENT, context).run(this::repeat));
  }

  void start() {
    thread.start();
  }

  /// Sends what the appending thread has.
  void send(List<AcceptorMessage> messages) throws IOException {
    lock.lock();
    try {
      for (AcceptorMessage message : messages) {
        switch (message) {
          case AcceptorMessage.AppendResponse response -> {
            last = response;
            encode(withReports(response));
          }
          case AcceptorMessage.Greeting _, AcceptorMessage.VoteResponse _ -> {
            last = null; // an answer from before a vote says nothing about the time after it
            encode(message);
          }
        }
      }
      flush();
    } finally {
      lock.unlock();
    }
  }

  /// Why the second thread could not send, if so.
  Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /// Ends the second thread and waits for it. If it is stuck, because the peer does not read, the
  /// connection is closed.
  void close() {
    stopping = true;
    readers.wake();
    try {
      if (!thread.join(Duration.ofMillis(CLOSE_MILLIS))) {
        abort.run();
        thread.join();
      }
    } catch (InterruptedException e) {
      abort.run();
      Thread.currentThread().interrupt();
    }
  }

  private void repeat() {
    try {
      while (!stopping) {
        long seen = readers.pageserverCount();
        long waitMillis = repeatIfDue();
        readers.awaitPageserver(seen, waitMillis);
      }
    } catch (IOException e) {
      failure = e;
      giveUp();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      abort.run();
    }
  }

  /// A connection on which nothing can be sent ends for the thread that reads as well, after what
  /// has arrived on it. If it does not, it is made to.
  private void giveUp() {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS);
    try {
      while (!stopping && System.nanoTime() - until < 0) {
        readers.awaitPageserver(readers.pageserverCount(), CLOSE_MILLIS / 10);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!stopping) {
      abort.run();
    }
  }

  /// @return after how many milliseconds the next one is due
  private long repeatIfDue() throws IOException {
    lock.lock();
    try {
      AcceptorMessage.AppendResponse response = last;
      if (stopping || response == null) {
        return SILENCE_MAX_MILLIS;
      }
      long silentMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sentNanos);
      boolean hasNews = readers.pageserverCount() != attachedPageserverCount;
      if (!hasNews && silentMillis < SILENCE_MAX_MILLIS) {
        return SILENCE_MAX_MILLIS - silentMillis;
      }
      encode(withReports(response));
      flush();
      return SILENCE_MAX_MILLIS;
    } finally {
      lock.unlock();
    }
  }

  private AcceptorMessage.AppendResponse withReports(AcceptorMessage.AppendResponse response) {
    long count = readers.reportCount();
    long pageserverCount = readers.pageserverCount();
    Optional<PageserverFeedback> pageserver = Optional.empty();
    if (count != attachedCount) {
      hotStandby = readers.hotStandby();
      attachedCount = count;
    }
    if (pageserverCount != attachedPageserverCount) {
      pageserver = readers.pageserver();
      attachedPageserverCount = pageserverCount;
    }
    return pageserver.isEmpty() && hotStandby.equals(response.hotStandby())
        ? response
        : response.with(hotStandby, pageserver);
  }

  private void encode(AcceptorMessage message) throws IOException {
    writer.begin('d');
    ProposerCodec.encode(message, writer.room(ProposerCodec.sizeMax(message)));
    writer.end();
  }

  private void flush() throws IOException {
    long begun = System.nanoTime();
    try {
      writer.flush();
    } finally {
      sentNanos = slowSends.done(begun);
    }
  }
}
