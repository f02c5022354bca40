package dev.argon.safekeeper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.node.ExitException;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.safekeeper.control.ControlFile;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a safekeeper keeps, and whom it refuses.
@Timeout(120)
class SafekeeperTest extends SafekeeperFixture {
  private void damage(Lsn lsn) throws Exception {
    Path file = TestSafekeeper.timelineDirectory(1, root).resolve(segment(lsn));
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(TestSafekeeper.LAYOUT.segmentOffset(lsn.value()));
      int old = access.read();
      access.seek(TestSafekeeper.LAYOUT.segmentOffset(lsn.value()));
      access.write(old ^ 0xFF);
    }
  }

  @Test
  void aVoteIsKeptOverARestart() throws Exception {
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      assertThat(proposer.greet().term()).isEqualTo(Term.ZERO);
      assertThat(proposer.vote(5).granted()).isTrue();
      assertThat(proposer.vote(5).granted()).isFalse();
      assertThat(proposer.vote(4).granted()).isFalse();
    }

    restart();

    try (TestProposer proposer = new TestProposer(safekeeper)) {
      assertThat(proposer.greet().term()).isEqualTo(new Term(5));
      AcceptorMessage.VoteResponse again = proposer.vote(5);
      assertThat(again.granted()).isFalse();
      assertThat(again.term()).isEqualTo(new Term(5));
      assertThat(proposer.vote(6).granted()).isTrue();
    }
  }

  @Test
  void onlyWholeRecordsAreFlushedAndCommitted() throws Exception {
    WalText wal = wal();
    Lsn first = wal.add("first");
    Lsn second = wal.add("second " + "x".repeat(20_000));
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      assertThat(proposer.lead(1).flushLsn()).isEqualTo(START);
      Lsn middle = first.plus(10_000);

      AcceptorMessage.AppendResponse half =
          proposer.append(1, START, wal.bytes(START, middle), second);
      assertThat(half.flushLsn()).isEqualTo(first);
      assertThat(half.commitLsn()).isEqualTo(first);

      AcceptorMessage.AppendResponse whole =
          proposer.append(1, middle, wal.bytes(middle, second), second);
      assertThat(whole.flushLsn()).isEqualTo(second);
      assertThat(whole.commitLsn()).isEqualTo(second);
    }
  }

  @Test
  void whatWasAcknowledgedIsThereAfterARestartAndIsStreamed() throws Exception {
    WalText wal = longWal();
    append(wal);

    restart();

    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.greet();
      AcceptorMessage.VoteResponse vote = proposer.vote(2);
      assertThat(vote.flushLsn()).isEqualTo(wal.end());
      assertThat(vote.history().lastTerm()).isEqualTo(new Term(1));
    }
    assertThat(streamed(START, wal.end())).isEqualTo(wal.bytes());
  }

  @Test
  void aTornTailIsCutAtARecordsEnd() throws Exception {
    WalText wal = wal();
    Lsn first = wal.add("first");
    wal.add("second " + "x".repeat(20_000));
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.lead(1);
      proposer.append(1, START, wal.bytes(START, first.plus(9_000)), first);
    }

    restart();

    try (TestProposer proposer = new TestProposer(safekeeper)) {
      AcceptorMessage.VoteResponse vote = proposer.lead(2);
      assertThat(vote.flushLsn()).isEqualTo(first);
      WalText other = new WalText(TestSafekeeper.LAYOUT, first);
      Lsn end = other.add("other");
      assertThat(proposer.append(2, first, other.bytes(), end).flushLsn()).isEqualTo(end);
    }
    restart();
    assertThat(safekeeper.get(TestSafekeeper.timelinePath()).body()).contains("\"active\"");
  }

  @Test
  void aDivergentTailIsCutOffAndReplaced() throws Exception {
    WalText old = wal();
    Lsn common = old.add("common");
    old.add("lost " + "x".repeat(30_000));
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.lead(1);
      proposer.append(1, START, old.bytes(), common);
    }
    WalText winner = new WalText(TestSafekeeper.LAYOUT, common);
    Lsn end = winner.add("won");
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.greet();
      AcceptorMessage.VoteResponse vote = proposer.vote(3);
      assertThat(vote.flushLsn()).isEqualTo(old.end());
      // The leader of term 3 has the log of another safekeeper, which ended at the common record.
      proposer.elected(
          3, common, vote.history().with(new Term(2), common).with(new Term(3), common));
      AcceptorMessage.AppendResponse response = proposer.append(3, common, winner.bytes(), end);
      assertThat(response.flushLsn()).isEqualTo(end);
    }

    restart();

    assertThat(streamed(common, end)).isEqualTo(winner.bytes());
    assertThat(safekeeper.get(TestSafekeeper.timelinePath()).body())
        .contains("\"flush_lsn\":\"" + end + "\"");
  }

  @Test
  void aCutBelowTheCommitIsRefused() throws Exception {
    WalText wal = wal();
    Lsn first = wal.add("first");
    Lsn second = wal.add("second");
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.lead(1);
      proposer.append(1, START, wal.bytes(), second);
      AcceptorMessage.VoteResponse vote = proposer.vote(3);
      proposer.elected(3, first, vote.history().with(new Term(2), first).with(new Term(3), first));
      assertThatThrownBy(proposer::receive)
          .isInstanceOf(PgErrorException.class)
          .hasMessageContaining("below what is committed");
    }
    assertThat(streamed(START, second)).isEqualTo(wal.bytes());
  }

  @Test
  void damageBelowTheFlushLsnTakesTheVoteAway() throws Exception {
    WalText wal = wal();
    wal.add("first");
    Lsn second = wal.add("second " + "x".repeat(500));
    append(wal);
    safekeeper.close();
    damage(second.plus(-100));

    safekeeper = TestSafekeeper.start(1, root);

    assertThat(safekeeper.get("/v1/status").body())
        .contains("degraded")
        .contains("does not vote")
        .contains("WAL was durable up to " + second);
    assertThat(safekeeper.get(TestSafekeeper.timelinePath()).body()).contains("was durable up to");
    try (PgClient client = safekeeper.connect()) {
      assertThatThrownBy(() -> client.copyBoth(TestProposer.COMMAND))
          .isInstanceOf(PgErrorException.class)
          .hasMessageContaining("cannot be used");
    }
  }

  @Test
  void damageWithValidRecordsBehindItTakesTheVoteAway() throws Exception {
    WalText wal = wal();
    Lsn first = wal.add("first");
    Path control = TestSafekeeper.timelineDirectory(1, root).resolve(ControlFile.NAME);
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.lead(1);
      proposer.append(1, START, wal.bytes(), first);
    }
    safekeeper.close();
    byte[] old = Files.readAllBytes(control);
    safekeeper = TestSafekeeper.start(1, root);
    Lsn second = wal.add("second");
    for (int i = 0; i < 100; i++) {
      wal.add("more " + i + "x".repeat(1_000));
    }
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.lead(2);
      proposer.append(2, first, wal.bytes(first, wal.end()), first);
    }
    safekeeper.close();
    Files.write(control, old); // so that the persisted flush LSN is the first record's end
    damage(second.plus(-3));

    safekeeper = TestSafekeeper.start(1, root);

    assertThat(safekeeper.get("/v1/status").body())
        .contains("WAL is damaged at " + first)
        .contains("a valid record behind it");
  }

  @Test
  void aTimelineOfANewerVersionIsRefusedAndOthersAreNot() throws Exception {
    String other =
        "/v1/tenant/" + TestSafekeeper.KEY.tenant() + "/timeline/00000000000000000000000000000001";
    assertThat(
            safekeeper
                .post(other, TestSafekeeper.createBody(START, TestSafekeeper.SYSTEM_ID))
                .statusCode())
        .isEqualTo(200);
    safekeeper.close();
    Path control = TestSafekeeper.timelineDirectory(1, root).resolve(ControlFile.NAME);
    byte[] newer = Files.readAllBytes(control);
    ByteBuffer.wrap(newer).putInt(4, 77);
    Files.write(control, newer);

    safekeeper = TestSafekeeper.start(1, root);

    assertThat(safekeeper.get("/v1/status").body())
        .contains("degraded")
        .contains("written by a newer version of Argon");
    try (PgClient client = safekeeper.connect()) {
      assertThatThrownBy(() -> client.copyBoth(TestProposer.COMMAND))
          .hasMessageContaining("control file format 77");
    }
    assertThat(Files.readAllBytes(control)).isEqualTo(newer);
    assertThat(safekeeper.get(other).body()).contains("\"state\":\"active\"");
  }

  @Test
  void aSafekeeperWithoutItsControlFileDoesNotGreet() throws Exception {
    append(longWal());
    safekeeper.close();
    Files.delete(TestSafekeeper.timelineDirectory(1, root).resolve(ControlFile.NAME));

    safekeeper = TestSafekeeper.start(1, root);

    try (PgClient client = safekeeper.connect()) {
      assertThatThrownBy(() -> client.copyBoth(TestProposer.COMMAND))
          .hasMessageContaining("no control file");
    }
  }

  @Test
  void anUnknownTimelineIsNotCreatedByAPush() throws Exception {
    safekeeper.delete(TestSafekeeper.timelinePath());
    try (PgClient client = safekeeper.connect()) {
      assertThatThrownBy(() -> client.copyBoth(TestProposer.COMMAND))
          .hasMessageContaining("only the control plane creates timelines");
    }
    assertThat(Files.exists(TestSafekeeper.timelineDirectory(1, root))).isFalse();
    assertThat(safekeeper.get(TestSafekeeper.timelinePath()).statusCode()).isEqualTo(404);
  }

  @Test
  void theDirectoryOfAnotherNodeIsOfNoUse() throws Exception {
    safekeeper.close();
    Files.move(TestSafekeeper.directory(1, root), TestSafekeeper.directory(2, root));

    safekeeper = TestSafekeeper.start(2, root);

    assertThat(safekeeper.get("/v1/status").body()).contains("belongs to safekeeper 1");
  }

  @Test
  void walOfAnotherServerIsRefused() throws Exception {
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.send(
          new ProposerMessage.Greeting(
              TestSafekeeper.KEY.tenant(),
              TestSafekeeper.KEY.timeline(),
              MembershipConfiguration.NONE,
              new ServerIdentity(150020, 99, 1 << 20)));
      assertThatThrownBy(proposer::receive).hasMessageContaining("system id 99");
    }
  }

  @Test
  void theFirstMessageMustBeAGreeting() throws Exception {
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      assertThatThrownBy(() -> proposer.vote(1)).hasMessageContaining("no greeting");
    }
  }

  @Test
  void whatIsNoWalIsRefusedAndNothingIsLost() throws Exception {
    WalText wal = wal();
    Lsn first = wal.add("first");
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.lead(1);
      proposer.append(1, START, wal.bytes(), first);
      byte[] garbage = random(500, 1);
      assertThatThrownBy(() -> proposer.append(1, first, garbage, first))
          .isInstanceOf(PgErrorException.class)
          .hasMessageContaining("is not valid");
    }
    Lsn second = wal.add("second");
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      assertThat(proposer.lead(2).flushLsn()).isEqualTo(first);
      assertThat(proposer.append(2, first, wal.bytes(first, second), second).flushLsn())
          .isEqualTo(second);
    }
  }

  @Test
  void anOlderProposerIsToldTheHigherTerm() throws Exception {
    WalText wal = wal();
    Lsn first = wal.add("first");
    try (TestProposer older = new TestProposer(safekeeper);
        TestProposer newer = new TestProposer(safekeeper)) {
      older.lead(1);
      older.append(1, START, wal.bytes(), first);
      newer.greet();
      assertThat(newer.vote(2).granted()).isTrue();

      wal.add("too late");
      older.sendAppend(1, first, wal.bytes(first, wal.end()), first);
      AcceptorMessage.AppendResponse answer = (AcceptorMessage.AppendResponse) older.receive();

      assertThat(answer.term()).isEqualTo(new Term(2));
      assertThat(answer.flushLsn()).isEqualTo(Lsn.INVALID);
    }
  }

  @Test
  void manyQueuedAppendsGetFewAnswers() throws Exception {
    WalText wal = wal();
    List<Lsn> ends = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      ends.add(wal.add("record " + i));
    }
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.lead(1);
      Lsn begin = START;
      for (Lsn end : ends) {
        proposer.sendAppend(1, begin, wal.bytes(begin, end), START);
        begin = end;
      }
      int answers = 0;
      Lsn flushed = START;
      while (flushed.isBefore(wal.end())) {
        flushed = ((AcceptorMessage.AppendResponse) proposer.receive()).flushLsn();
        answers++;
      }
      assertThat(flushed).isEqualTo(wal.end());
      assertThat(answers).isLessThan(400);
    }
  }

  @Test
  void creationIsIdempotentAndAnotherOneIsAConflict() throws Exception {
    String path = TestSafekeeper.timelinePath();
    assertThat(safekeeper.post(path, TestSafekeeper.createBody(START, TestSafekeeper.SYSTEM_ID)))
        .returns(200, response -> response.statusCode());
    assertThat(safekeeper.post(path, TestSafekeeper.createBody(START, 5)).statusCode())
        .isEqualTo(409);
    assertThat(safekeeper.post(path, "{}").statusCode()).isEqualTo(400);
    assertThat(safekeeper.get("/v1/timeline").body())
        .contains(TestSafekeeper.KEY.tenant().toString());
    assertThat(safekeeper.delete(path).statusCode()).isEqualTo(200);
    assertThat(safekeeper.delete(path).body()).contains("\"dir_existed\":false");
  }

  @Test
  void aSecondStartOnTheSameDirectorySaysSo() {
    assertThatThrownBy(() -> TestSafekeeper.start(1, root))
        .isInstanceOf(ExitException.class)
        .hasMessageContaining("safekeeper-1");
  }

  @Test
  void garbageInAPushIsAnsweredAndTheSafekeeperGoesOn() throws Exception {
    try (PgClient client = safekeeper.connect()) {
      CopyStream stream = client.copyBoth(TestProposer.COMMAND);
      stream.writer().copyData(ByteBuffer.wrap(new byte[] {'g', 1, 2, 3}));
      assertThatThrownBy(stream::receive)
          .isInstanceOf(PgErrorException.class)
          .hasMessageContaining("08P01");
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), safekeeper.pg().port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(UTF_8));
      InputStream in = socket.getInputStream();
      assertThat(new String(in.readAllBytes(), ISO_8859_1)).contains("08P01");
    }
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      assertThat(proposer.greet().node().value()).isEqualTo(1);
    }
  }
}
