package dev.argon.it.safekeeper;

import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;

/// A proposer that appends without pause to a timeline of its own, and a reader that follows it:
/// what must go on whatever other peers do.
final class SteadyStream implements AutoCloseable {

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final int RECORD_BYTES = 400;
  private static final int READ_LIMIT_MILLIS = 20_000;

  private final SafekeeperProcess safekeeper;
  private final ScriptedProposer proposer;
  private final RawConnection reader;
  private final GeneratedWal wal;
  private final AtomicLong appends = new AtomicLong();
  private final AtomicLong readLsn = new AtomicLong();
  private final AtomicLong longestWaitNanos = new AtomicLong();
  private final AtomicReference<Optional<Exception>> failure =
      new AtomicReference<>(Optional.empty());
  private final Thread writing;
  private final Thread reading;
  private volatile boolean stopping;

  SteadyStream(SafekeeperProcess safekeeper, TestTimeline timeline) throws IOException {
    this.safekeeper = safekeeper;
    safekeeper.create(timeline);
    proposer = safekeeper.proposer(timeline);
    proposer.connection().readLimit(READ_LIMIT_MILLIS);
    Lsn start = proposer.lead();
    wal = new GeneratedWal(start);
    reader = safekeeper.open(timeline);
    reader.readLimit(READ_LIMIT_MILLIS);
    reader.copyBoth("START_REPLICATION PHYSICAL " + start);
    readLsn.set(start.value());
    writing = Thread.ofPlatform().name("steady-writer").start(this::write);
    reading = Thread.ofPlatform().name("steady-reader").start(this::read);
  }

  private void write() {
    try {
      while (!stopping) {
        long begin = System.nanoTime();
        proposer.write(wal, 1, RECORD_BYTES);
        longestWaitNanos.accumulateAndGet(System.nanoTime() - begin, Math::max);
        appends.incrementAndGet();
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  private void read() {
    try {
      while (!stopping) {
        ByteBuffer message = reader.readCopyData();
        if (message.get() == 'w') {
          long at = message.getLong();
          message.position(message.position() + 16);
          if (!readLsn.compareAndSet(at, at + message.remaining())) {
            throw new IOException("WAL at " + new Lsn(at) + " after " + new Lsn(readLsn.get()));
          }
        }
        reader.copyData(standbyStatus(readLsn.get())); // as a receiver does that flushes it
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  /// A `r` message: written, flushed and applied up to `lsn`.
  static byte[] standbyStatus(long lsn) {
    return ByteBuffer.allocate(34)
        .put((byte) 'r')
        .putLong(lsn)
        .putLong(lsn)
        .putLong(lsn)
        .putLong(0)
        .put((byte) 0)
        .array();
  }

  private void fail(Exception e) {
    if (!stopping) {
      failure.compareAndSet(Optional.empty(), Optional.of(e));
    }
  }

  /// Waits until both have moved on from where they are now.
  ///
  /// @throws AssertionError if one has failed or does not move
  void awaitProgress() {
    long appendsNow = appends.get();
    long lsnNow = readLsn.get();
    Awaitility.await("progress of a healthy stream")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(10, TimeUnit.MILLISECONDS)
        .failFast(() ->
            failure
                .get()
                .ifPresent(e -> {
                  throw new AssertionError(
                      "a healthy stream has failed: " + safekeeper.logTail(), e);
                }))
        .until(() -> appends.get() > appendsNow + 5 && readLsn.get() > lsnNow);
  }

  /// The longest any append so far waited for its answer.
  Duration longestWait() {
    return Duration.ofNanos(longestWaitNanos.get());
  }

  @Override
  public void close() throws IOException {
    stopping = true;
    proposer.close();
    reader.close();
    try {
      writing.join(Duration.ofSeconds(10));
      reading.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
