package dev.argon.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.Term;
import dev.argon.safekeeper.RawPeer.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Peers that vanish without a word: a fake one is silent, which is all that a safekeeper sees of a
/// machine that lost its power. Limits are short here.
@Timeout(120)
class DeadPeersTest extends SafekeeperFixture {

  private static final long SILENCE_MILLIS = 2_000;
  private static final long WRITE_MILLIS = 2_000;
  private static final long DRIP_NANOS = Duration.ofMillis(300).toNanos();
  private static final String READ = "START_REPLICATION PHYSICAL " + START;

  private LogLines log = new LogLines();

  @BeforeEach
  void beImpatient() throws Exception {
    log.close();
    safekeeper.close();
    safekeeper =
        TestSafekeeper.start(
            1, root, new SafekeeperConfig.Timeouts(2_000, SILENCE_MILLIS, WRITE_MILLIS, 60_000));
    log = new LogLines();
  }

  @AfterEach
  void stopListening() {
    log.close();
  }

  private RawPeer proposer(int receiveBufferBytes) throws Exception {
    RawPeer peer =
        new RawPeer(safekeeper, receiveBufferBytes).startUp(TestSafekeeper.KEY, "proposer");
    peer.copyBoth(TestProposer.COMMAND);
    peer.write(RawPeer.copyData(TestProposer.greeting()));
    return peer;
  }

  private void assertNoticed(String who, long millis) {
    long begun = System.nanoTime();
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> StreamThreads.alive().isEmpty());
    // Once, not twice; the rest is for a machine that is busy.
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .isLessThan(Duration.ofMillis(millis + 15_000));
    assertThat(log.with("terminated"))
        .hasSize(1)
        .allMatch(line -> line.matches("INFO .* " + who + " \\d+ terminated: timed out"));
    assertThat(log.loud()).isEmpty();
  }

  @Test
  @DisplayName("SK-9 a proposer that falls silent is gone after the limit, with one line")
  void aSilentProposerIsGone() throws Exception {
    try (RawPeer peer = proposer(0)) {
      assertThat(peer.receive().tag()).isEqualTo('d');
      assertNoticed("WAL receiver", SILENCE_MILLIS);
      assertThat(peer.receiveEnd().tag()).isEqualTo(Message.END);
    }
  }

  @Test
  @DisplayName("SK-9 a reader that never says a word is gone after the limit, with one line")
  void aSilentReaderIsGone() throws Exception {
    try (RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "reader")) {
      peer.copyBoth(READ);
      assertNoticed("WAL sender", SILENCE_MILLIS);
      assertThat(peer.receiveEnd().tag()).isEqualTo(Message.END);
    }
  }

  @Test
  @DisplayName("SK-9 a proposer that reads nothing any more is gone after the limit")
  void aProposerThatReadsNothingIsGone() throws Exception {
    try (RawPeer peer = proposer(4 << 10)) {
      StuckWriter writer = new StuckWriter(peer);
      assertNoticed("WAL receiver", WRITE_MILLIS);
      peer.reset();
      writer.join();
    }
  }

  @Test
  @DisplayName("SK-9 a connection that asks nothing is gone after the limit")
  void anIdleConnectionIsGone() throws Exception {
    try (RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "idle")) {
      assertThat(peer.receive().tag()).isEqualTo(Message.END);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(log.with("terminated: timed out")).hasSize(1));
    assertThat(log.loud()).isEmpty();
  }

  @Test
  @DisplayName("a client that starts up byte by byte gains nothing by it")
  void aSlowStartupIsCutOff() throws Exception {
    byte[] startup = {0, 0, 0, 100, 0, 3, 0, 0, 'u', 's', 'e', 'r', 0};
    try (RawPeer peer = new RawPeer(safekeeper)) {
      Thread drip =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                try {
                  for (int i = 0; ; i = Math.min(i + 1, startup.length - 1)) {
                    peer.write(startup[i]);
                    LockSupport.parkNanos(DRIP_NANOS);
                  }
                } catch (IOException e) {
                  // the safekeeper has closed
                }
              });
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(log.with("terminated: timed out")).hasSize(1));
      drip.join();
    }
    assertThat(log.loud()).isEmpty();
  }

  @Test
  @DisplayName("SK-6 idle streams of healthy peers outlive the limit")
  void idleHealthyStreamsLiveOn() throws Exception {
    long until = System.nanoTime() + Duration.ofMillis(3 * SILENCE_MILLIS).toNanos();
    try (RawPeer pushing = proposer(0);
        RawPeer reading = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "reader")) {
      assertThat(pushing.receive().tag()).isEqualTo('d');
      pushing.write(RawPeer.copyData(new ProposerMessage.VoteRequest(1, new Term(1))));
      assertThat(pushing.receive().tag()).isEqualTo('d');
      reading.copyBoth(READ);
      while (System.nanoTime() - until < 0) {
        // The reader's answer to a keepalive, the proposer's heartbeat.
        Message keepalive = reading.receive();
        assertThat((char) keepalive.body()[0]).isEqualTo('k');
        reading.write(RawPeer.message('d', ByteBuffer.allocate(34).put((byte) 'r').array()));
        pushing.write(
            RawPeer.copyData(
                new ProposerMessage.Append(1, Term.ZERO, START, START, Lsn.INVALID, Lsn.INVALID)));
        assertThat(pushing.receive().tag()).isEqualTo('d');
      }
      assertThat(log.with("terminated")).isEmpty();
    }
  }
}
