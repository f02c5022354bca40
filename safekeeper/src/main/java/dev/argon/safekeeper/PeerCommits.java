package dev.argon.safekeeper;

import dev.argon.identity.NodeId;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.QueryResult;
import dev.argon.pgwire.StartupOptions;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.MembershipConfiguration.Member;
import dev.argon.quorum.Term;
import dev.argon.safekeeper.timeline.Timeline;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Learns commit LSNs from the other members of a timeline: of value when WAL is here whose commit
/// no proposer has told us, because it is gone or cannot reach us.
final class PeerCommits {

  private static final System.Logger LOGGER = System.getLogger(PeerCommits.class.getName());
  private static final long TIMEOUT_MILLIS = 1_000;

  private final NodeId self;

  PeerCommits(NodeId self) {
    this.self = self;
  }

  /// Asks the peers, if the timeline has WAL that is not known to be committed.
  void learn(Timeline timeline) {
    AcceptorState state = timeline.state();
    if (!state.commitLsn().isBefore(state.flushLsn())) {
      return;
    }
    for (Member member : state.control().membership().members()) {
      if (!member.id().equals(self)) {
        ask(timeline, member);
      }
    }
  }

  private void ask(Timeline timeline, Member member) {
    PgClientSettings settings =
        PgClientSettings.of(
                new InetSocketAddress(member.host(), member.pgPort()), "safekeeper", "replication")
            .with("application_name", "safekeeper_" + self)
            .with(
                "options",
                StartupOptions.format(
                    Map.of(
                        "tenant_id", timeline.key().tenant().toString(),
                        "timeline_id", timeline.key().timeline().toString())))
            .withTimeouts(TIMEOUT_MILLIS, TIMEOUT_MILLIS, TIMEOUT_MILLIS);
    try (PgClient client = PgClient.connect(settings)) {
      QueryResult result = client.query("TIMELINE_STATUS");
      List<@Nullable String> row = result.rows().getFirst();
      Lsn commit = Lsn.parse(String.valueOf(row.get(result.columns().indexOf("commit_lsn"))));
      Term lastLogTerm =
          new Term(
              Long.parseLong(String.valueOf(row.get(result.columns().indexOf("last_log_term")))));
      timeline.learnCommit(lastLogTerm, commit);
      client.terminate();
    } catch (IOException | PgErrorException | RuntimeException e) {
      // A peer that is away tells nothing; that it is away shows in its own status.
      LOGGER.log(Level.DEBUG, "safekeeper " + member.id() + " does not answer", e);
    }
  }
}
