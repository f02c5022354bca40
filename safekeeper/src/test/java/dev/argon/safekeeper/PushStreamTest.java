package dev.argon.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.identity.TimelineId;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.PageserverFeedback;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.Term;
import dev.argon.quorum.wire.FeedbackCodec;
import dev.argon.quorum.wire.ProposerCodec;
import dev.argon.safekeeper.RawPeer.Message;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a proposer's connection gets and keeps.
@Timeout(120)
class PushStreamTest extends SafekeeperFixture {

  private static AcceptorMessage.AppendResponse appendResponse(Message message) throws Exception {
    assertThat(message.tag()).isEqualTo('d');
    return (AcceptorMessage.AppendResponse) ProposerCodec.decodeAcceptorMessage(message.buffer());
  }

  /// A proposer of term 1 whose election is told.
  private RawPeer leader() throws Exception {
    RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "proposer");
    peer.copyBoth(TestProposer.COMMAND);
    peer.write(RawPeer.copyData(TestProposer.greeting()));
    peer.receive();
    peer.write(RawPeer.copyData(new ProposerMessage.VoteRequest(1, new Term(1))));
    AcceptorMessage.VoteResponse vote =
        (AcceptorMessage.VoteResponse) ProposerCodec.decodeAcceptorMessage(peer.receive().buffer());
    peer.write(
        RawPeer.copyData(
            new ProposerMessage.Elected(
                1, new Term(1), START, vote.history().with(new Term(1), START))));
    return peer;
  }

  /// The bytes of one append for each record, all of them in one piece.
  private static byte[] appends(WalText wal, List<Lsn> ends) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Lsn begin = START;
    for (Lsn end : ends) {
      all.writeBytes(
          RawPeer.copyData(
              new ProposerMessage.Append(1, new Term(1), begin, end, START, Lsn.INVALID),
              wal.bytes(begin, end)));
      begin = end;
    }
    return all.toByteArray();
  }

  @Test
  @DisplayName("SK-3 a vote before the greeting is refused; no timeline comes into being")
  void aVoteBeforeTheGreetingIsRefused() throws Exception {
    TimelineKey unknown =
        new TimelineKey(
            TestSafekeeper.KEY.tenant(), TimelineId.parse("00000000000000000000000000000001"));
    try (RawPeer peer = new RawPeer(safekeeper).startUp(unknown, "proposer")) {
      peer.query(TestProposer.COMMAND);
      Message answer = peer.receive();
      assertThat(answer.tag()).isEqualTo('E');
      assertThat(answer.field('M')).contains("only the control plane creates timelines");
      assertThat(peer.receive().tag()).isEqualTo(Message.END);
    }
    assertThat(
            Files.exists(
                TestSafekeeper.timelineDirectory(1, root)
                    .resolveSibling(unknown.timeline().toString())))
        .isFalse();

    try (RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "proposer")) {
      peer.copyBoth(TestProposer.COMMAND);
      peer.write(RawPeer.copyData(new ProposerMessage.VoteRequest(1, new Term(1))));
      Message answer = peer.receive();
      assertThat(answer.tag()).isEqualTo('E');
      assertThat(answer.field('M')).contains("no greeting");
      assertThat(peer.receive().tag()).isEqualTo(Message.END);
    }
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      assertThat(proposer.greet().term()).isEqualTo(Term.ZERO);
    }
  }

  @Test
  @DisplayName("SK-4 200 appends that arrive together are answered once, after one sync")
  void appendsThatArriveTogetherAreAnsweredOnce() throws Exception {
    WalText wal = wal();
    List<Lsn> ends = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      ends.add(wal.add("record " + i));
    }
    try (RawPeer peer = leader()) {
      peer.write(appends(wal, ends));

      assertThat(appendResponse(peer.receive()).flushLsn()).isEqualTo(wal.end());
    }
  }

  @Test
  @DisplayName("SK-4 an idle connection hears something once a second")
  void anIdleProposerIsAnsweredOnceASecond() throws Exception {
    WalText wal = wal();
    Lsn end = wal.add("first");
    try (RawPeer peer = leader()) {
      peer.write(appends(wal, List.of(end)));
      assertThat(appendResponse(peer.receive()).flushLsn()).isEqualTo(end);
      long begun = System.nanoTime();
      for (int i = 0; i < 3; i++) {
        assertThat(appendResponse(peer.receive()).flushLsn()).isEqualTo(end);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isBetween(Duration.ofMillis(2_500), Duration.ofSeconds(20));
    }
  }

  @Test
  @DisplayName("SK-4, SK-5 a pageserver's report reaches an idle proposer at once, and once")
  void aPageserversReportIsForwardedAtOnce() throws Exception {
    WalText wal = wal();
    Lsn end = wal.add("first");
    Duration shortest = Duration.ofDays(1);
    try (RawPeer peer = leader();
        PgClient reader = safekeeper.connect()) {
      peer.write(appends(wal, List.of(end)));
      CopyStream stream = reader.copyBoth("START_REPLICATION PHYSICAL " + START);
      appendResponse(peer.receive());
      for (int i = 1; i <= 5; i++) {
        assertThat(appendResponse(peer.receive()).pageserver()).isEmpty(); // the next is due in 1 s
        PageserverFeedback feedback = new PageserverFeedback(i, end, START, START, 5);
        ByteBuffer message = ByteBuffer.allocate(9 + FeedbackCodec.SIZE_BYTES);
        message.put((byte) 'z').putLong(FeedbackCodec.SIZE_BYTES);
        FeedbackCodec.encode(feedback, message);
        long sent = System.nanoTime();
        stream.writer().copyData(message.flip());

        AcceptorMessage.AppendResponse answer = appendResponse(peer.receive());

        Duration taken = Duration.ofNanos(System.nanoTime() - sent);
        shortest = taken.compareTo(shortest) < 0 ? taken : shortest;
        while (answer.pageserver().isEmpty()) {
          answer = appendResponse(peer.receive());
        }
        assertThat(answer.pageserver()).contains(feedback);
        assertThat(answer.flushLsn()).isEqualTo(end);
      }
    }
    assertThat(shortest).isLessThan(Duration.ofMillis(700));
  }

  @Test
  @DisplayName("SK-4 what had arrived when the proposer was killed is durable")
  void whatArrivedBeforeAResetIsDurable() throws Exception {
    WalText wal = wal();
    List<Lsn> ends = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      ends.add(wal.add("record " + i + "x".repeat(i)));
    }
    try (RawPeer peer = leader()) {
      peer.write(appends(wal, ends));
      peer.reset();
    }
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> StreamThreads.alive().isEmpty());

    restart();

    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.greet();
      assertThat(proposer.vote(2).flushLsn()).isEqualTo(wal.end());
    }
  }

  @Test
  @DisplayName("SK-2 a proposer that reads nothing until all is full, then is gone, holds nothing")
  void aStuckPeerThatIsResetEndsBothDirections() throws Exception {
    try (LogLines log = new LogLines()) {
      try (RawPeer peer = new RawPeer(safekeeper, 4 << 10).startUp(TestSafekeeper.KEY, "stuck")) {
        peer.copyBoth(TestProposer.COMMAND);
        peer.write(RawPeer.copyData(TestProposer.greeting()));
        StuckWriter writer = new StuckWriter(peer);
        writer.awaitStuck();
        assertThat(StreamThreads.alive()).hasSize(2);

        peer.reset();
        long begun = System.nanoTime();
        Awaitility.await()
            .pollInterval(Duration.ofMillis(5))
            .atMost(Duration.ofSeconds(20))
            .until(() -> StreamThreads.alive().isEmpty());

        // Far below the minute that a stuck write is given.
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
        writer.join();
      }
      assertThat(log.with("terminated")).hasSize(1);
      assertThat(log.loud()).isEmpty();
    }
  }

  @Test
  @DisplayName("SK-4 a send that takes long is logged")
  void aSlowSendIsLogged() throws Exception {
    safekeeper.close();
    safekeeper = TestSafekeeper.start(1, root, new SafekeeperConfig.Timeouts(0, 0, 0, 200));
    try (LogLines log = new LogLines();
        RawPeer peer = new RawPeer(safekeeper, 4 << 10).startUp(TestSafekeeper.KEY, "slow")) {
      peer.copyBoth(TestProposer.COMMAND);
      peer.write(RawPeer.copyData(TestProposer.greeting()));
      StuckWriter writer = new StuckWriter(peer);
      writer.awaitStuck();
      while (log.with("slow send").isEmpty()) {
        peer.receive();
      }
      assertThat(log.with("slow send").getFirst()).startsWith("WARNING").contains("WAL receiver");
      peer.reset();
      writer.join();
    }
  }

  @Test
  @DisplayName("other versions of the proposers' protocol are refused in words")
  void otherProtocolVersionsAreRefused() throws Exception {
    for (String command :
        List.of(
            "START_WAL_PUSH",
            "START_WAL_PUSH (allow_timeline_creation 'true')",
            "START_WAL_PUSH (proto_version '2')")) {
      try (RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "proposer")) {
        peer.query(command);
        Message answer = peer.receive();
        assertThat(answer.field('C')).as(command).isEqualTo("0A000");
        assertThat(answer.field('M')).as(command).contains("proto_version '3'");
      }
    }
  }
}
