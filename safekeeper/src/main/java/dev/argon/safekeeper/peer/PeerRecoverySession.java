package dev.argon.safekeeper.peer;

import dev.argon.identity.NodeId;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.QueryResult;
import dev.argon.pgwire.StartupOptions;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.PeerRecovery;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.WalUsers;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// Fetches the WAL of one timeline from one peer, as [PeerRecovery] says. It gives way to a
/// proposer as soon as one connects; whose message comes first does not matter, as both bring the
/// same log, and what does not fit is refused.
final class PeerRecoverySession {

  private static final System.Logger LOGGER = System.getLogger(PeerRecoverySession.class.getName());
  private static final int UNFLUSHED_BYTES_MAX = 4 << 20;
  private static final int WAL_HEADER_BYTES = 3 * Long.BYTES;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /// What all sessions share.
  record Parts(NodeId self, PeerRecoveryLoop.Reaching reaching, BooleanSupplier isStopping) {}

  private final Parts parts;
  private final Timeline timeline;
  private final PgClient client;
  private final List<AcceptorMessage> replies = new ArrayList<>();

  private PeerRecoverySession(Parts parts, Timeline timeline, PgClient client) {
    this.parts = parts;
    this.timeline = timeline;
    this.client = client;
  }

  /// @return whether the timeline has now what the peer had when this began
  static boolean run(Parts parts, Timeline timeline, NodeId donor)
      throws IOException, PgErrorException, CorruptDataException, RefusedException {
    PgClientSettings settings =
        parts
            .reaching()
            .settings(donor)
            .with(
                "options",
                StartupOptions.format(
                    Map.of(
                        "tenant_id", timeline.key().tenant().toString(),
                        "timeline_id", timeline.key().timeline().toString())));
    try (PgClient client = PgClient.connect(settings);
        WalUsers.Copy _ = timeline.users().copy("recovery from safekeeper " + donor)) {
      PeerRecoverySession session = new PeerRecoverySession(parts, timeline, client);
      Optional<PeerRecovery> plan = PeerRecovery.plan(timeline.state(), session.askDonor());
      if (plan.isEmpty()) {
        return false;
      }
      LOGGER.log(
          Level.INFO,
          "timeline {0}: recovery from safekeeper {1}, from {2} to {3}",
          timeline.key(),
          donor,
          plan.get().fromLsn(),
          plan.get().toLsn());
      return session.follow(plan.get());
    }
  }

  private PeerRecovery.Donor askDonor() throws IOException, PgErrorException {
    QueryResult result = client.query("TIMELINE_STATUS");
    if (result.rows().size() != 1) {
      throw new IOException("the peer does not have the timeline");
    }
    Map<String, String> row = new java.util.HashMap<>();
    for (int i = 0; i < result.columns().size(); i++) {
      row.put(result.columns().get(i), String.valueOf(result.rows().getFirst().get(i)));
    }
    try {
      return new PeerRecovery.Donor(
          Integer.parseInt(row.getOrDefault("generation", "")),
          new Term(Long.parseLong(row.getOrDefault("term", ""))),
          history(row.getOrDefault("term_history", "")),
          Lsn.parse(row.getOrDefault("flush_lsn", "")));
    } catch (IllegalArgumentException e) {
      throw new IOException("the peer tells of a timeline: " + row, e);
    }
  }

  /// The text form `term@lsn,term@lsn,...`.
  private static TermHistory history(String text) {
    List<TermHistory.Entry> entries = new ArrayList<>();
    for (String entry : text.split(",", -1)) {
      int at = entry.indexOf('@');
      if (at < 0) {
        throw new IllegalArgumentException("not a term history: " + text);
      }
      entries.add(
          new TermHistory.Entry(
              new Term(Long.parseLong(entry.substring(0, at))),
              Lsn.parse(entry.substring(at + 1))));
    }
    return new TermHistory(entries);
  }

  private boolean follow(PeerRecovery plan)
      throws IOException, PgErrorException, CorruptDataException, RefusedException {
    if (isToEnd()) {
      return false;
    }
    for (ProposerMessage hello : plan.hello()) {
      timeline.handle(hello, NOTHING, replies);
    }
    int generation = timeline.state().control().membership().generation();
    CopyStream stream =
        client.copyBoth(
            "START_REPLICATION PHYSICAL " + plan.fromLsn() + " (term='" + plan.term() + "')");
    Lsn position = plan.fromLsn();
    int unflushedBytes = 0;
    try {
      while (position.isBefore(plan.toLsn()) && !isToEnd() && stream.receive()) {
        ByteBuffer message = stream.payload();
        if (!message.hasRemaining() || message.get() != 'w') {
          continue; // a sign of life
        }
        if (message.remaining() < WAL_HEADER_BYTES || message.getLong() != position.value()) {
          throw new CorruptDataException("WAL of the peer that does not go on at " + position);
        }
        message.position(message.position() + WAL_HEADER_BYTES - Long.BYTES);
        Lsn end = position.plus(message.remaining());
        unflushedBytes += message.remaining();
        timeline.handle(
            new ProposerMessage.Append(
                generation, plan.term(), position, end, Lsn.INVALID, Lsn.INVALID),
            message,
            replies);
        position = end;
        if (unflushedBytes >= UNFLUSHED_BYTES_MAX) {
          flush();
          unflushedBytes = 0;
        }
      }
    } finally {
      flush();
    }
    return position.isAtLeast(plan.toLsn());
  }

  private void flush() throws RefusedException {
    timeline.flush(replies);
    replies.clear(); // there is nobody to hear them
  }

  private boolean isToEnd() {
    return parts.isStopping().getAsBoolean() || timeline.users().hasReceiver();
  }
}
