package dev.argon.pageserver.safekeeper;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pageserver.ingest.News;
import dev.argon.pageserver.ingest.WalSources;
import dev.argon.pageserver.timeline.Membership;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.subscription.Subscriber;
import dev.argon.quorum.subscription.SubscriptionCodec;
import dev.argon.quorum.subscription.SubscriptionMessage;
import dev.argon.quorum.subscription.TimelineUpdate;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/// The subscription with one safekeeper, made anew whenever it breaks, for as long as some timeline
/// has that safekeeper as a member. A thread of its own connects and listens; while it is connected
/// another one tells how far the timelines are durable.
final class Subscription implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Subscription.class.getName());

  private static final long RETRY_MIN_MILLIS = 100;
  private static final long RETRY_MAX_MILLIS = 5_000;

  /// A safekeeper that has told nothing for so long, of a timeline or at all, is silent about it.
  static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(5);

  /// So often is looked whether there is something to tell, or no timeline any more.
  private static final long TELL_MILLIS = 1_000;

  private static final long SIGN_OF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /// Four signs of life that did not come.
  private static final long SILENCE_MAX_MILLIS = 20_000;

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);

  private record Name(TenantId tenant, TimelineId timeline) {}

  private final ConnectionSettings settings;
  private final Membership.Member member;
  private final WalSources.Reader reader;
  private final BiConsumer<Membership.Member, Subscription> onUnused;
  private final Thread thread;
  private final CountDownLatch stopping = new CountDownLatch(1);

  /// Ends the connection that there is.
  private volatile Runnable disconnect = () -> {};

  /// What was told since the connection began.
  private final Map<Name, News.Told> told = new ConcurrentHashMap<>();

  private volatile boolean connected;

  /// When it was connected or, if it is not, when it began or broke.
  private volatile long changedNanos = System.nanoTime();

  /// Why it could not be connected last; only for the thread.
  private String trouble = "";

  /// @param onUnused called when no timeline has the member any more; it ends by itself then
  Subscription(
      ConnectionSettings settings,
      Membership.Member member,
      WalSources.Reader reader,
      BiConsumer<Membership.Member, Subscription> onUnused) {
    this.settings = settings;
    this.member = member;
    this.reader = reader;
    this.onUnused = onUnused;
    thread = Thread.ofPlatform().daemon().name("safekeeper-" + member.id()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// What the safekeeper has told of a timeline. From any thread.
  News news(TenantId tenant, TimelineId timeline) {
    if (connected) {
      News.Told news = told.get(new Name(tenant, timeline));
      if (news != null) {
        return news;
      }
    }
    return System.nanoTime() - changedNanos < SILENT_NANOS ? new News.Pending() : new News.Silent();
  }

  private void run() {
    long retryMillis = RETRY_MIN_MILLIS;
    try {
      do {
        if (!isUsed()) {
          unused();
          return;
        }
        long begunNanos = changedNanos;
        try {
          connect();
        } catch (IOException | PgErrorException | CorruptDataException e) {
          note(e);
        }
        retryMillis =
            changedNanos == begunNanos
                ? Math.min(RETRY_MAX_MILLIS, retryMillis * 2)
                : RETRY_MIN_MILLIS;
      } while (!stopping.await(retryMillis, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      LOG.log(Level.WARNING, "interrupted", e);
    }
  }

  private boolean isUsed() {
    return reader.timelines().stream().anyMatch(this::isMember);
  }

  private boolean isMember(Timeline timeline) {
    return timeline.membership().memberList().contains(member);
  }

  private void unused() {
    LOG.log(Level.INFO, "no timeline has {0} as a member any more", this);
    onUnused.accept(member, this);
    stopping.countDown();
    disconnect.run();
  }

  private void note(Exception e) {
    String reason = String.valueOf(e.getMessage());
    if (!reason.equals(trouble) && stopping.getCount() > 0) {
      LOG.log(Level.INFO, "no subscription with {0}: {1}", this, reason);
    }
    trouble = reason;
  }

  private void connect()
      throws IOException, PgErrorException, CorruptDataException, InterruptedException {
    try (PgClient client = PgClient.connect(settings.to(member, SILENCE_MAX_MILLIS))) {
      disconnect = client::close;
      if (stopping.getCount() == 0) {
        return;
      }
      CopyStream stream =
          client.copyBoth(
              new Subscriber(Subscriber.Kind.PAGESERVER, new NodeId(settings.nodeId())).command());
      CountDownLatch ended = new CountDownLatch(1);
      Thread teller =
          Thread.ofVirtual()
              .name("tell-safekeeper-" + member.id())
              .unstarted(() -> tell(client, stream, ended));
      begin();
      teller.start();
      try {
        while (stream.receive()) {
          hear(SubscriptionCodec.decode(stream.payload()));
        }
      } finally {
        end();
        ended.countDown();
        disconnect.run(); // the teller may be stuck in a write
        teller.join();
      }
    }
  }

  private void begin() {
    LOG.log(Level.INFO, "subscription with {0} begins", this);
    trouble = "";
    told.clear();
    changedNanos = System.nanoTime();
    connected = true;
  }

  private void end() {
    connected = false;
    changedNanos = System.nanoTime();
    if (stopping.getCount() > 0) {
      LOG.log(Level.INFO, "subscription with {0} is broken", this);
      reader.fellSilent();
    }
  }

  private void hear(SubscriptionMessage message) throws CorruptDataException {
    switch (message) {
      case SubscriptionMessage.Timelines(List<TimelineUpdate> updates) -> {
        for (TimelineUpdate update : updates) {
          News.Told news = new News.Told(update.commitLsn().value(), update.hasProposer());
          Name name = new Name(update.tenant(), update.timeline());
          if (!news.equals(told.put(name, news))) {
            reader.toldOf(update.tenant(), update.timeline());
          }
        }
      }
      case SubscriptionMessage.KeepAlive() -> {}
      case SubscriptionMessage.RemoteConsistent _ ->
          throw new CorruptDataException("a safekeeper that talks like a pageserver");
    }
  }

  /// Tells how far the member's timelines are durable, each when it has changed.
  private void tell(PgClient client, CopyStream stream, CountDownLatch ended) {
    Map<Name, Long> last = new HashMap<>();
    long saidNanos = System.nanoTime();
    try {
      do {
        Map<Name, Long> now = durable();
        if (now.isEmpty() && !isUsed()) {
          unused();
          return;
        }
        List<SubscriptionMessage.Reached> changed = new ArrayList<>();
        now.forEach((name, lsn) -> {
          if (lsn != 0 && !lsn.equals(last.put(name, lsn))) {
            changed.add(
                new SubscriptionMessage.Reached(name.tenant(), name.timeline(), new Lsn(lsn)));
          }
        });
        last.keySet().retainAll(now.keySet());
        forgetGone();
        if (say(stream, changed, System.nanoTime() - saidNanos > SIGN_OF_LIFE_NANOS)) {
          saidNanos = System.nanoTime();
        }
      } while (!ended.await(TELL_MILLIS, TimeUnit.MILLISECONDS));
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "the safekeeper cannot be told", e);
    } catch (InterruptedException e) {
      LOG.log(Level.WARNING, "interrupted", e);
    } finally {
      client.close(); // the listening thread notices
    }
  }

  /// The remote-consistent LSNs of the timelines that have the member.
  private Map<Name, Long> durable() {
    Map<Name, Long> all = new HashMap<>();
    for (Timeline timeline : reader.timelines()) {
      if (isMember(timeline)) {
        all.put(new Name(timeline.tenant(), timeline.id()), timeline.remoteConsistentLsn());
      }
    }
    return all;
  }

  /// What was told of timelines that are not (any more) here.
  private void forgetGone() {
    Set<Name> here = new HashSet<>();
    reader.timelines().forEach(timeline -> here.add(new Name(timeline.tenant(), timeline.id())));
    told.keySet().retainAll(here);
  }

  /// @return whether anything was said
  private static boolean say(
      CopyStream stream, List<SubscriptionMessage.Reached> reached, boolean isSignOfLifeDue)
      throws IOException {
    for (int from = 0; from < reached.size(); from += SubscriptionCodec.UPDATES_MAX) {
      int to = Math.min(reached.size(), from + SubscriptionCodec.UPDATES_MAX);
      stream
          .writer()
          .copyData(
              SubscriptionCodec.encode(
                  new SubscriptionMessage.RemoteConsistent(reached.subList(from, to))));
    }
    if (reached.isEmpty() && isSignOfLifeDue) {
      stream.writer().copyData(SubscriptionCodec.encode(new SubscriptionMessage.KeepAlive()));
    }
    return !reached.isEmpty() || isSignOfLifeDue;
  }

  @Override
  public String toString() {
    return SafekeeperSource.name(member);
  }

  /// Begins to end; [#close] waits for it.
  void stop() {
    stopping.countDown();
    disconnect.run();
  }

  @Override
  public void close() {
    stop();
    try {
      if (thread.isAlive() && !thread.join(CLOSE_WAIT)) {
        LOG.log(Level.WARNING, "the subscription with {0} has not ended in time", this);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
