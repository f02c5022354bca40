package dev.argon.safekeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.Term;
import dev.argon.safekeeper.RawPeer.Message;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How streams end: for each reason the bytes on the wire, the level and text of the one log line,
/// and that the connection is closed and its threads are gone.
@Timeout(120)
class StreamEndsTest extends SafekeeperFixture {

  private static final String READ = "START_REPLICATION PHYSICAL " + START;
  private static final String CONTEXT =
      TestSafekeeper.KEY.tenant() + "/" + TestSafekeeper.KEY.timeline();

  private LogLines log = new LogLines();

  @BeforeEach
  void listen() {
    log.close();
    log = new LogLines();
  }

  @AfterEach
  void stopListening() {
    log.close();
  }

  private RawPeer proposer() throws Exception {
    RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "proposer");
    peer.copyBoth(TestProposer.COMMAND);
    peer.write(RawPeer.copyData(TestProposer.greeting()));
    assertThat(peer.receive().tag()).isEqualTo('d');
    return peer;
  }

  private RawPeer reader(String application, String command) throws Exception {
    return new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, application).copyBoth(command);
  }

  /// The one line about the end of the only stream.
  private void assertEnd(String level, String stream, String reason) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(log.with("terminated")).hasSize(1));
    assertThat(log.with("terminated").getFirst())
        .matches(level + " " + CONTEXT + " " + stream + " \\d+ terminated: " + reason);
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(StreamThreads.alive()).isEmpty());
    assertThat(log.with("terminated")).hasSize(1);
  }

  private static void assertClosed(RawPeer peer) throws Exception {
    assertThat(peer.receive().tag()).isEqualTo(Message.END);
  }

  @Test
  @DisplayName("SK-8 CopyDone is answered by CopyDone, the command completes, then the end")
  void copyDoneIsAnsweredByCopyDone() throws Exception {
    try (RawPeer peer = proposer()) {
      peer.write(RawPeer.message('c', new byte[0]));
      assertThat(peer.receive().tag()).isEqualTo('c');
      assertThat(peer.receive().tag()).isEqualTo('C');
      assertThat(peer.receive().tag()).isEqualTo('Z');
      assertClosed(peer);
    }
    assertEnd("INFO", "WAL receiver", "CopyDone");
  }

  @Test
  @DisplayName("SK-8 a reader's CopyDone is answered by CopyDone as well")
  void copyDoneOfAReaderIsAnswered() throws Exception {
    try (RawPeer peer = reader("test", READ)) {
      peer.write(RawPeer.message('c', new byte[0]));
      assertThat(peer.receiveEnd().tag()).isEqualTo('c');
      assertThat(peer.receive().tag()).isEqualTo('C');
      assertThat(peer.receive().tag()).isEqualTo('Z');
      assertClosed(peer);
    }
    assertEnd("INFO", "WAL sender", "CopyDone");
  }

  @Test
  @DisplayName("SK-8 CopyFail is answered by an error with code 00000 and the peer's words")
  void copyFailIsAnsweredWithItsText() throws Exception {
    try (RawPeer peer = proposer()) {
      peer.write(RawPeer.message('f', "I give up\0".getBytes(UTF_8)));
      Message answer = peer.receive();
      assertThat(answer.tag()).isEqualTo('E');
      assertThat(answer.field('C')).isEqualTo("00000");
      assertThat(answer.field('M')).contains("I give up");
      assertClosed(peer);
    }
    assertEnd("INFO", "WAL receiver", "CopyFail: I give up");
  }

  @Test
  @DisplayName("SK-8 Terminate is answered by nothing")
  void terminateIsAnsweredByNothing() throws Exception {
    try (RawPeer peer = proposer()) {
      peer.write(RawPeer.message('X', new byte[0]));
      assertClosed(peer);
    }
    assertEnd("INFO", "WAL receiver", "Terminate");
  }

  @Test
  @DisplayName("SK-8 the end of the peer's bytes is answered by nothing")
  void endOfStreamIsAnsweredByNothing() throws Exception {
    try (RawPeer peer = proposer()) {
      peer.socket.shutdownOutput();
      assertClosed(peer);
    }
    assertEnd("INFO", "WAL receiver", "the peer closed the connection");
  }

  @Test
  @DisplayName("SK-8, SK-10 a client that is killed is a line at info, no error")
  void aResetIsNoError() throws Exception {
    try (RawPeer peer = proposer()) {
      peer.reset();
    }
    assertEnd("INFO", "WAL receiver", "Connection reset");
    assertThat(log.loud()).isEmpty();
  }

  @Test
  @DisplayName("SK-5, SK-8 a recovering proposer's stream ends at the log's end, code 00000")
  void recoveryEndsAtTheEndOfTheLog() throws Exception {
    WalText wal = longWal();
    append(wal);
    Awaitility.await().until(() -> StreamThreads.alive().isEmpty());
    listen();
    try (RawPeer peer = reader("wal_proposer_recovery", READ + " (term='1')")) {
      long bytes = 0;
      Message message = peer.receive();
      while (message.tag() == 'd') {
        bytes += message.body()[0] == 'w' ? message.body().length - 25 : 0;
        message = peer.receive();
      }
      assertThat(bytes).isEqualTo(wal.bytes().length);
      assertThat(message.tag()).isEqualTo('E');
      assertThat(message.field('C')).isEqualTo("00000");
      assertThat(message.field('M')).startsWith("ending streaming");
      assertClosed(peer);
    }
    assertEnd("INFO", "WAL sender", "ending streaming at .*");
  }

  @Test
  @DisplayName("SK-8 a timeline that is deleted ends its streams, code 57P01")
  void aClosedTimelineEndsItsStreams() throws Exception {
    try (RawPeer peer = reader("test", READ)) {
      safekeeper.delete(TestSafekeeper.timelinePath());
      Message answer = peer.receiveEnd();
      assertThat(answer.tag()).isEqualTo('E');
      assertThat(answer.field('C')).isEqualTo("57P01");
      assertClosed(peer);
    }
    assertEnd("INFO", "WAL sender", ".* is being closed");
  }

  @Test
  @DisplayName("SK-7, SK-8 what the acceptor refuses is what a peer sees that goes on sending")
  void theAcceptorsErrorReachesAPeerThatGoesOnSending() throws Exception {
    try (RawPeer peer = proposer()) {
      peer.write(RawPeer.copyData(new ProposerMessage.VoteRequest(1, new Term(1))));
      assertThat(peer.receive().tag()).isEqualTo('d');
      byte[] unasked =
          RawPeer.copyData(
              new ProposerMessage.Append(
                  1, new Term(1), START, START.plus(1000), START, Lsn.INVALID),
              new byte[1000]);
      for (int i = 0; i < 500; i++) {
        peer.write(unasked);
      }
      Message answer = peer.receiveEnd();
      assertThat(answer.tag()).isEqualTo('E');
      assertThat(answer.field('C')).isEqualTo("55000");
      assertThat(answer.field('M')).contains("before its election was told");
    }
    assertEnd("WARNING", "WAL receiver", "refused, 55000: .*before its election was told");
  }

  @Test
  @DisplayName("SK-8 a failure of ours is XX000 with all its causes, and an error in the log")
  void aFailureIsToldWithItsCauses() throws Exception {
    append(longWal());
    Awaitility.await().until(() -> StreamThreads.alive().isEmpty());
    listen();
    Path segment = TestSafekeeper.timelineDirectory(1, root).resolve(segment(START));
    Files.delete(segment);
    Files.createDirectory(segment);
    try (RawPeer peer = reader("test", READ + " (term='1')")) {
      Message answer = peer.receiveEnd();
      assertThat(answer.tag()).isEqualTo('E');
      assertThat(answer.field('C')).isEqualTo("XX000");
      assertThat(answer.field('M')).contains("directory");
      assertClosed(peer);
    }
    assertEnd("SEVERE", "WAL sender", ".*directory.* \\| .*");
  }

  @Test
  @DisplayName("SK-10 every line of a stream says whose it is")
  void everyLineSaysWhoseItIs() throws Exception {
    try (RawPeer reading = reader("some_reader", READ);
        RawPeer pushing = proposer()) {
      assertThat(pushing.socket.isConnected()).isTrue();
      assertThat(reading.socket.isConnected()).isTrue();
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(log.with("terminated")).hasSize(2));
    assertThat(log.with("WAL receiver"))
        .hasSize(2)
        .allMatch(line -> line.matches("INFO " + CONTEXT + " WAL receiver \\d+ .*"));
    assertThat(log.with("WAL sender"))
        .hasSize(2)
        .allMatch(line -> line.matches("INFO " + CONTEXT + " WAL sender \\d+ .*"));
    assertThat(log.with("some_reader")).hasSize(1);
  }
}
