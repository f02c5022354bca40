package dev.argon.safekeeper.peer;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.MessageWriter;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.quorum.subscription.Subscriber;
import dev.argon.quorum.subscription.SubscriptionCodec;
import dev.argon.quorum.subscription.SubscriptionMessage;
import dev.argon.quorum.subscription.TimelineUpdate;
import dev.argon.safekeeper.timeline.ChangedTimelines;
import dev.argon.safekeeper.timeline.Timeline;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// One subscription while it is connected, on either side. The thread that runs it receives,
/// another one sends; the first to end ends the other.
final class Session {

  private static final System.Logger LOGGER = System.getLogger(Session.class.getName());

  /// After a message so long nothing is sent, so that a busy timeline is told of five times a
  /// second.
  private static final long PAUSE_MILLIS = 200;

  private static final long SIGN_OF_LIFE_MILLIS = 5_000;

  /// A wait may end a little early.
  private static final long SIGN_OF_LIFE_NANOS_MIN =
      TimeUnit.MILLISECONDS.toNanos(SIGN_OF_LIFE_MILLIS - 500);

  private static final Duration JOIN_WAIT = Duration.ofSeconds(10);

  private final Hub hub;
  private final Subscriber other;
  private final CopyStream stream;
  private final Runnable abort;
  private final ChangedTimelines toTell = new ChangedTimelines();
  private final CountDownLatch ended = new CountDownLatch(1);

  /// @param abort ends the stream's input, from any thread
  Session(Hub hub, Subscriber other, CopyStream stream, Runnable abort) {
    this.hub = hub;
    this.other = other;
    this.stream = stream;
    this.abort = abort;
  }

  Subscriber other() {
    return other;
  }

  void changed(Timeline timeline) {
    toTell.add(timeline);
  }

  /// Runs until one side ends it.
  void run() throws IOException, PgErrorException, CorruptDataException {
    Thread sender = Thread.ofPlatform().daemon().name("tell-" + other).unstarted(this::send);
    stream.receiveTimeout(Peers.SILENCE_MAX_MILLIS);
    hub.enter(this);
    LOGGER.log(Level.INFO, "subscription with {0} begins", other);
    sender.start();
    try {
      while (ended.getCount() > 0 && stream.receive()) {
        hub.hear(other, SubscriptionCodec.decode(stream.payload()));
      }
    } finally {
      hub.leave(this);
      ended.countDown();
      toTell.wake();
      join(sender);
      LOGGER.log(Level.INFO, "subscription with {0} terminated", other);
    }
  }

  /// Ends it, from any thread.
  void close() {
    ended.countDown();
    toTell.wake();
    abort.run();
  }

  private static void join(Thread thread) throws IOException {
    try {
      if (!thread.join(JOIN_WAIT)) {
        LOGGER.log(Level.WARNING, "{0} has not ended", thread.getName());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void send() {
    try {
      long lastNanos = System.nanoTime();
      while (ended.getCount() > 0) {
        toTell.await(SIGN_OF_LIFE_MILLIS);
        boolean isToldNow = tell(toTell.drain());
        if (!isToldNow && System.nanoTime() - lastNanos >= SIGN_OF_LIFE_NANOS_MIN) {
          write(new SubscriptionMessage.KeepAlive());
          isToldNow = true;
        }
        lastNanos = isToldNow ? System.nanoTime() : lastNanos;
        if (ended.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "subscription with " + other + " terminated", e);
    } catch (InterruptedException e) {
      LOGGER.log(Level.WARNING, "interrupted", e);
    } finally {
      close();
    }
  }

  /// @return whether there was something to tell
  private boolean tell(List<Timeline> changed) throws IOException {
    List<TimelineUpdate> updates = new ArrayList<>();
    for (Timeline timeline : changed) {
      hub.tell(timeline, other).ifPresent(updates::add);
      if (updates.size() == SubscriptionCodec.UPDATES_MAX) {
        write(new SubscriptionMessage.Timelines(updates));
        updates.clear();
      }
    }
    if (!updates.isEmpty()) {
      write(new SubscriptionMessage.Timelines(updates));
    }
    return !updates.isEmpty();
  }

  private void write(SubscriptionMessage message) throws IOException {
    MessageWriter writer = stream.writer();
    writer.copyData(SubscriptionCodec.encode(message));
  }
}
