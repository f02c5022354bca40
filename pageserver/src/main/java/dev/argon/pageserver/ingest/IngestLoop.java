package dev.argon.pageserver.ingest;

import dev.argon.node.LogContext;
import dev.argon.pageserver.timeline.MemoryBudget;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageserver.timeline.WriteBatch;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalStreamDecoder;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads the WAL of one timeline and files it, on a thread of its own, as long as it is not
/// stopped. A source that fails, or does not deliver what somebody waits for or another one has, is
/// left for the next one. While nobody writes and all is here it reads from none: see
/// [SourceChoice].
public final class IngestLoop implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(IngestLoop.class.getName());

  private static final long RETRY_MIN_MILLIS = 100;
  private static final long RETRY_MAX_MILLIS = 3_000;
  private static final long FEEDBACK_MILLIS = 1_000;

  /// A source that brings nothing while someone waits for WAL is left after this.
  private static final long LAG_MAX_NANOS = TimeUnit.SECONDS.toNanos(5);

  /// The same if nobody waits, but some source is known to have more.
  private static final long UNWANTED_LAG_MAX_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// A rest is ended by news; that it is looked at all the same costs nothing.
  private static final long REST_MILLIS = 10_000;

  /// So often is looked whether sources that have told nothing yet are silent.
  private static final long PENDING_MILLIS = 200;

  /// How ingest asks for memory.
  public interface Room {

    /// The open layer is full: freeze it and flush.
    void openLayerFull(Timeline timeline);

    /// Memory is used up by all timelines together.
    void memoryUsedUp();
  }

  private final Timeline timeline;
  private final SourceChoice choice;
  private final Supplier<List<WalSource>> sources;
  private final MemoryBudget budget;
  private final Room room;
  private final Thread thread;

  /// Guards waiting and the fields up to the first volatile one.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private WalSource.@Nullable Stream stream;

  /// The sources have changed since the last attempt began: no reason to wait with the next.
  private boolean switching;

  /// Something has happened since it was looked last whether to read.
  private boolean roused;

  private volatile boolean stopped;

  /// Whether a source is being read or connected to: then [#rouse] has nothing to do.
  private volatile boolean reading;

  private volatile long delayMillis;
  private volatile String sourceName = "";
  private volatile @Nullable String problem;
  private volatile long lastProgressNanos = System.nanoTime();

  /// A loop that is not started.
  ///
  /// @param sources asked before each connection
  public IngestLoop(
      Timeline timeline, Supplier<List<WalSource>> sources, MemoryBudget budget, Room room) {
    this.timeline = timeline;
    choice = new SourceChoice(timeline);
    this.sources = sources;
    this.budget = budget;
    this.room = room;
    thread =
        Thread.ofPlatform()
            .name("ingest-" + timeline.id().toString().substring(0, 8))
            .daemon()
            .unstarted(this::run);
  }

  public void start() {
    timeline.onWait(this::rouse);
    thread.start();
  }

  /// Somebody waits for WAL, or there is news: if it rests, it looks whether to read.
  public void rouse() {
    if (reading) {
      return; // it looks when it has stopped reading
    }
    lock.lock();
    try {
      roused = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Each piece of WAL waits so long before it is filed; for tests of a pageserver that lags.
  public void delay(long millis) {
    delayMillis = millis;
    wake();
  }

  /// The sources may have changed. A stream from one that is still among them goes on; any other is
  /// left at once for one that is.
  public void sourcesChanged() {
    List<String> names = sources.get().stream().map(WalSource::name).toList();
    lock.lock();
    try {
      switching = true;
      if (stream != null && !names.contains(sourceName)) {
        LOG.log(Level.INFO, "ingest leaves {0} for one of {1}", sourceName, names);
        stream.close();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void endStream() {
    lock.lock();
    try {
      if (stream != null) {
        stream.close();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Whom it reads from, or empty.
  public String sourceName() {
    return sourceName;
  }

  /// Why ingest does not go on, for the status.
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  @Override
  public void close() {
    stopped = true;
    endStream();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    LogContext context = new LogContext(timeline.tenant().toString(), timeline.id().toString());
    ScopedValue.where(LogContext.CURRENT, context)
        .run(() -> {
          try {
            loop();
          } catch (InterruptedException e) {
            LOG.log(Level.WARNING, "ingest was interrupted");
          } catch (RuntimeException | Error e) {
            problem = "ingest ended by an error: " + e;
            LOG.log(Level.ERROR, "ingest ended by an error", e);
          }
        });
  }

  private void loop() throws InterruptedException {
    long retryMillis = RETRY_MIN_MILLIS;
    while (!stopped) {
      beginLooking();
      List<WalSource> all = sources.get();
      if (all.isEmpty()) {
        pause(RETRY_MAX_MILLIS);
        continue;
      }
      switch (choice.need(all)) {
        case REST -> {
          problem = null; // whatever failed before, nothing is missing
          rest(REST_MILLIS);
        }
        case UNKNOWN -> rest(PENDING_MILLIS);
        case READ -> retryMillis = readFrom(choice.best(all), retryMillis);
      }
    }
  }

  /// What happens from now on is seen by the look that follows, or ends the rest behind it.
  private void beginLooking() {
    lock.lock();
    try {
      roused = false;
    } finally {
      lock.unlock();
    }
  }

  private void rest(long millis) throws InterruptedException {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(millis);
      while (!stopped && !switching && !roused && left > 0) {
        left = changed.awaitNanos(left);
      }
      switching = false;
    } finally {
      lock.unlock();
    }
  }

  /// Reads until the stream ends. After a failure it waits, the longer the more there were.
  ///
  /// @return how long to wait after the next failure
  private long readFrom(WalSource source, long retryMillis) throws InterruptedException {
    long before = timeline.lastRecordLsn();
    boolean isOver = false;
    reading = true;
    try {
      ingest(source);
      isOver = true;
    } catch (IOException | CorruptDataException e) {
      if (!stopped && isSource(source)) {
        failed(source, e);
      }
    } finally {
      sourceName = "";
      reading = false;
    }
    boolean hasRead = timeline.lastRecordLsn() != before;
    if (hasRead) {
      choice.succeeded();
    }
    if (isOver) {
      return RETRY_MIN_MILLIS;
    }
    choice.failed(source);
    long pauseMillis = hasRead ? RETRY_MIN_MILLIS : Math.min(RETRY_MAX_MILLIS, retryMillis * 2);
    pause(pauseMillis);
    return pauseMillis;
  }

  private boolean isSource(WalSource source) {
    return sources.get().stream().anyMatch(other -> other.name().equals(source.name()));
  }

  private void failed(WalSource source, Exception e) {
    String text =
        source.name() + " from " + Lsn.toString(timeline.lastRecordLsn()) + ": " + e.getMessage();
    if (!text.equals(problem)) {
      LOG.log(Level.WARNING, "ingest from {0}", text);
    }
    problem = text;
  }

  private void pause(long millis) throws InterruptedException {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(millis);
      while (!stopped && !switching && left > 0) {
        left = changed.awaitNanos(left);
      }
      switching = false;
    } finally {
      lock.unlock();
    }
  }

  private void ingest(WalSource source)
      throws IOException, CorruptDataException, InterruptedException {
    while (!timeline.awaitAncestors(FEEDBACK_MILLIS)) {
      if (stopped) {
        return;
      }
      problem = "waits for its ancestor to reach the branch point";
    }
    long startLsn = timeline.lastRecordLsn();
    RecordFiler filer = RecordFiler.at(timeline);
    WalStreamDecoder decoder =
        WalStreamDecoder.startingAt(startLsn, WalLayout.v15(timeline.origin().systemId()));
    WalSource.Stream opened = source.open(timeline, startLsn);
    lock.lock();
    try {
      if (stopped || !isSource(source)) {
        opened.close();
        return;
      }
      stream = opened;
      sourceName = source.name();
    } finally {
      lock.unlock();
    }
    lastProgressNanos = System.nanoTime();
    Thread feedback = Thread.ofVirtual().name("ingest-feedback").start(() -> feedback(opened));
    try (opened) {
      LOG.log(Level.INFO, "ingest from {0} at {1}", source.name(), Lsn.toString(startLsn));
      while (!stopped && opened.receive()) {
        problem = null;
        if (opened.data().hasRemaining()) {
          file(opened, decoder, filer);
        }
      }
      if (!stopped) {
        LOG.log(Level.INFO, "ingest from {0} ends, nobody writes", source.name());
      }
    } finally {
      lock.lock();
      try {
        stream = null;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      feedback.join();
    }
  }

  private void file(WalSource.Stream from, WalStreamDecoder decoder, RecordFiler filer)
      throws IOException, CorruptDataException, InterruptedException {
    if (from.dataLsn() != decoder.fedLsn()) {
      throw new IOException(
          "WAL continues at "
              + Lsn.toString(from.dataLsn())
              + " instead of "
              + Lsn.toString(decoder.fedLsn()));
    }
    awaitRoom();
    pauseForTests();
    timeline.termSeen(from.term());
    try (WriteBatch batch = timeline.write()) {
      decoder.feed(from.data());
      while (decoder.next()) {
        filer.file(batch, decoder.record(), decoder.recordStartLsn(), decoder.recordEndLsn());
      }
      batch.commit();
    }
    lastProgressNanos = System.nanoTime();
    if (timeline.isFull()) {
      room.openLayerFull(timeline);
    }
  }

  private void pauseForTests() throws InterruptedException {
    lock.lock();
    try {
      long begun = System.nanoTime();
      long left = TimeUnit.MILLISECONDS.toNanos(delayMillis);
      while (!stopped && left > 0) {
        changed.awaitNanos(left);
        left = TimeUnit.MILLISECONDS.toNanos(delayMillis) - (System.nanoTime() - begun);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Memory comes free only by flushing. While the disk is full this waits, and the safekeepers
  /// keep the WAL.
  private void awaitRoom() throws InterruptedException, IOException {
    while (!budget.awaitRoom(FEEDBACK_MILLIS)) {
      if (stopped) {
        throw new IOException("stopped");
      }
      lastProgressNanos = System.nanoTime();
      problem =
          "ingest waits for memory ("
              + (budget.bytesUsed() >> 20)
              + " MiB are waiting to be flushed): "
              + timeline.storingProblem().orElse("flushing cannot keep up");
      room.memoryUsedUp();
    }
  }

  /// Tells the source once a second how far this side is, and leaves a source that lags.
  private void feedback(WalSource.Stream to) {
    long missesNothingNanos = System.nanoTime();
    lock.lock();
    try {
      while (!stopped && to.equals(stream)) {
        lock.unlock();
        try {
          to.feedback(
              timeline.lastRecordLsn(),
              timeline.diskConsistentLsn(),
              timeline.remoteConsistentLsn());
          missesNothingNanos = leaveIfLagging(to, missesNothingNanos);
        } finally {
          lock.lock();
        }
        if (to.equals(stream)) {
          changed.awaitNanos(TimeUnit.MILLISECONDS.toNanos(FEEDBACK_MILLIS));
        }
      }
    } catch (IOException e) {
      // The receiving thread meets the same end of the connection and reports it.
      LOG.log(Level.DEBUG, "feedback", e);
      to.close();
    } catch (InterruptedException e) {
      to.close();
    } finally {
      lock.unlock();
    }
  }

  /// Leaves a source that does not send what there is.
  ///
  /// @param missesNothingNanos when nothing was missing last
  /// @return the same as of now
  private long leaveIfLagging(WalSource.Stream from, long missesNothingNanos) throws IOException {
    List<WalSource> all = sources.get();
    long now = System.nanoTime();
    long last = timeline.lastRecordLsn();
    boolean isWanted = Long.compareUnsigned(timeline.wantedLsn(), last) > 0;
    long lsn = isWanted ? timeline.wantedLsn() : SourceChoice.toldLsn(all, timeline);
    if (Long.compareUnsigned(lsn, last) <= 0 || delayMillis != 0 || all.size() == 1) {
      return now;
    }
    long patience = isWanted ? LAG_MAX_NANOS : UNWANTED_LAG_MAX_NANOS;
    if (now - missesNothingNanos > patience && now - lastProgressNanos > patience) {
      problem = sourceName + " has not sent " + Lsn.toString(lsn) + ", trying another";
      from.close();
      return now;
    }
    return missesNothingNanos;
  }
}
