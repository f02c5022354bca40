package dev.argon.safekeeper.timeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.control.ControlFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a timeline does when its disk does not do its part.
class TimelineTest {

  private static final NodeId NODE = new NodeId(1);
  private static final TimelineKey KEY = new TimelineKey(new TenantId(1, 2), new TimelineId(3, 4));
  private static final Lsn START = Lsn.parse("0/1A01238");
  private static final ControlState INITIAL =
      ControlState.create(
          new MembershipConfiguration(
              1, List.of(new MembershipConfiguration.Member(NODE, "h", 1)), List.of()),
          new ServerIdentity(150020, 5, 1 << 20),
          START);

  @TempDir Path directory;
  private final List<String> stops = new ArrayList<>();
  private final List<AcceptorMessage> replies = new ArrayList<>();
  private DiskSpace space;
  private Timelines timelines;

  @BeforeEach
  void open() throws Exception {
    space = new DiskSpace(directory, Long.MAX_VALUE);
    timelines =
        Timelines.open(
            NODE,
            directory,
            new Timeline.Parts(
                space, (reason, cause) -> stops.add(reason), TimelineObserver.NONE, timeline -> {}),
            Clock.systemUTC());
  }

  private void send(Timeline timeline, ProposerMessage message) throws RefusedException {
    timeline.handle(message, ByteBuffer.allocateDirect(8), replies);
  }

  private void lead(Timeline timeline, long term) throws RefusedException {
    send(timeline, new ProposerMessage.VoteRequest(1, new Term(term)));
    send(
        timeline,
        new ProposerMessage.Elected(
            1,
            new Term(term),
            START,
            timeline.state().control().history().with(new Term(term), START)));
  }

  @Test
  void aFullDiskRefusesWalButTakesVotes() throws Exception {
    Timeline timeline = timelines.create(KEY, INITIAL);
    space.check();
    assertThat(space.shortage()).contains("is full");

    lead(timeline, 4);
    assertThat(replies.getFirst())
        .isInstanceOfSatisfying(
            AcceptorMessage.VoteResponse.class, vote -> assertThat(vote.granted()).isTrue());
    assertThatThrownBy(() ->
            send(
                timeline,
                new ProposerMessage.Append(1, new Term(4), START, START.plus(8), START, START)))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.sqlState()).isEqualTo("53100"));
    assertThat(timeline.persisted().term()).isEqualTo(new Term(4));
    assertThat(stops).isEmpty();
    timelines.close();
  }

  @Test
  void theReserveIsGivenUpForWhatMustBeWritten() throws Exception {
    DiskSpace roomy = new DiskSpace(directory, 0);
    roomy.check();
    Path reserve = directory.resolve("reserve");
    assertThat(Files.size(reserve)).isGreaterThan(1 << 20);
    List<String> calls = new ArrayList<>();

    roomy.writeSmall(() -> {
      calls.add(Files.exists(reserve) ? "with reserve" : "without");
      if (Files.exists(reserve)) {
        throw new java.io.IOException("No space left on device");
      }
    });

    assertThat(calls).containsExactly("with reserve", "without");
    assertThat(roomy.shortage()).isNotEmpty();
    roomy.check();
    assertThat(roomy.shortage()).isEmpty();
    assertThat(reserve).exists();
  }

  @Test
  void aVoteThatCannotBeWrittenEndsTheProcessAndIsNotGiven() throws Exception {
    Timeline timeline = timelines.create(KEY, INITIAL);
    Path timelineDirectory =
        directory.resolve(KEY.tenant().toString()).resolve(KEY.timeline().toString());
    Files.delete(timelineDirectory.resolve(ControlFile.NAME));
    Files.delete(timelineDirectory);

    assertThatThrownBy(() -> send(timeline, new ProposerMessage.VoteRequest(1, new Term(1))))
        .isInstanceOf(RefusedException.class);

    assertThat(stops).hasSize(1).first().asString().contains("the disk has failed");
    assertThat(replies).isEmpty();
    assertThatThrownBy(() -> timeline.flush(replies)).isInstanceOf(RefusedException.class);
  }
}
