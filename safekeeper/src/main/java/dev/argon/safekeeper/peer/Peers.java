package dev.argon.safekeeper.peer;

import dev.argon.identity.NodeId;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;
import dev.argon.postgres.CorruptDataException;
import dev.argon.quorum.subscription.Subscriber;
import dev.argon.safekeeper.timeline.ChangedTimelines;
import dev.argon.safekeeper.timeline.Timelines;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/// Holds the subscriptions: connects to the safekeepers with a higher id that share a timeline with
/// this one, and serves those that connect here.
public final class Peers implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(Peers.class.getName());
  private static final long CONNECT_TIMEOUT_MILLIS = 5_000;

  /// Four signs of life that did not come.
  static final long SILENCE_MAX_MILLIS = 20_000;

  private static final long RETRY_MILLIS = 1_000;
  private static final long LOOK_MILLIS = 1_000;
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(15);

  private final NodeId self;
  private final Hub hub;
  private final Timelines timelines;
  private final PeerAddresses addresses;
  private final ChangedTimelines changed;
  private final PeerRecoveryLoop recovery;

  /// What every connection to another safekeeper gets: a token, TLS.
  private final UnaryOperator<PgClientSettings> security;

  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = Thread.ofPlatform().name("peers").unstarted(this::look);

  /// One for each node this one connects to. Only for the thread.
  private final Map<NodeId, Dialer> dialers = new HashMap<>();

  /// @param changed filled by the observer of the timelines: their members may have changed
  public Peers(
      NodeId self,
      Hub hub,
      Timelines timelines,
      ChangedTimelines changed,
      UnaryOperator<PgClientSettings> security) {
    this.self = self;
    this.hub = hub;
    this.timelines = timelines;
    this.changed = changed;
    this.security = security;
    addresses = new PeerAddresses(self);
    recovery = new PeerRecoveryLoop(self, hub, timelines, this::settings);
  }

  public void start() {
    timelines.usable().forEach(changed::add);
    thread.start();
    recovery.start();
  }

  /// How to reach another safekeeper, if it is known where it is.
  private PgClientSettings settings(NodeId node) throws IOException {
    return security.apply(
        PgClientSettings.of(
                addresses
                    .of(node)
                    .orElseThrow(() -> new IOException("safekeeper " + node + " is not known")),
                "safekeeper",
                "replication")
            .with("application_name", "safekeeper_" + self)
            .withTimeouts(CONNECT_TIMEOUT_MILLIS, SILENCE_MAX_MILLIS, SILENCE_MAX_MILLIS));
  }

  private void look() {
    try {
      while (!stopping.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        changed.drain().forEach(addresses::learn);
        hub.forgetGone();
        for (NodeId node : addresses.nodes()) {
          if (node.value() > self.value() && !dialers.containsKey(node)) {
            Dialer dialer = new Dialer(node);
            dialers.put(node, dialer);
            dialer.thread.start();
          }
        }
      }
    } catch (InterruptedException e) {
      LOGGER.log(Level.WARNING, "interrupted", e);
    }
  }

  /// Serves a node that has connected and asks for a subscription.
  ///
  /// @throws PgErrorException if it asks in a way that is not understood
  public void serve(PgConnection connection, String command) throws IOException, PgErrorException {
    connection.closeAfterQuery();
    Subscriber other;
    try {
      other = Subscriber.parse(command);
    } catch (IllegalArgumentException e) {
      throw new PgErrorException(SqlState.SYNTAX_ERROR, String.valueOf(e.getMessage()));
    }
    CopyStream stream = connection.copyBoth();
    try {
      new Session(hub, other, stream, connection::abortInput).run();
    } catch (CorruptDataException e) {
      throw new PgErrorException(SqlState.PROTOCOL_VIOLATION, String.valueOf(e.getMessage()));
    }
    if (stream.end() == CopyStream.End.DONE) {
      stream.done();
      connection.commandComplete("COPY");
    }
  }

  /// Keeps the subscription with one node.
  private final class Dialer {
    private final NodeId node;
    private final Thread thread;
    private volatile Runnable closing = () -> {};
    private String trouble = "";

    Dialer(NodeId node) {
      this.node = node;
      thread = Thread.ofPlatform().daemon().name("peer-" + node).unstarted(this::run);
    }

    private void run() {
      try {
        do {
          try {
            connect();
            trouble = "";
          } catch (IOException | PgErrorException | CorruptDataException e) {
            note(e);
          }
        } while (!stopping.await(RETRY_MILLIS, TimeUnit.MILLISECONDS));
      } catch (InterruptedException e) {
        LOGGER.log(Level.WARNING, "interrupted", e);
      }
    }

    private void note(Exception e) {
      String reason = String.valueOf(e.getMessage());
      if (!reason.equals(trouble) && stopping.getCount() > 0) {
        LOGGER.log(Level.INFO, "no subscription with safekeeper {0}: {1}", node, reason);
      }
      trouble = reason;
    }

    private void connect() throws IOException, PgErrorException, CorruptDataException {
      try (PgClient client = PgClient.connect(settings(node))) {
        CopyStream stream =
            client.copyBoth(new Subscriber(Subscriber.Kind.SAFEKEEPER, self).command());
        Session session =
            new Session(
                hub, new Subscriber(Subscriber.Kind.SAFEKEEPER, node), stream, client::close);
        closing = session::close;
        if (stopping.getCount() > 0) {
          session.run();
        }
      }
    }
  }

  @Override
  public void close() {
    stopping.countDown();
    recovery.close();
    try {
      boolean ended = thread.join(CLOSE_WAIT);
      for (Dialer dialer : dialers.values()) {
        dialer.closing.run();
        ended &= dialer.thread.join(CLOSE_WAIT);
      }
      if (!ended) {
        LOGGER.log(Level.WARNING, "subscriptions have not ended in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Where to find out who is connected.
  public Hub hub() {
    return hub;
  }
}
