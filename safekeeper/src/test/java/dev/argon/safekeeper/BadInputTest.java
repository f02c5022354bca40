package dev.argon.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import dev.argon.safekeeper.RawPeer.Message;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What no proposer and no reader of ours sends: a typed error to the peer, one line in the log
/// with the cause, and other timelines notice nothing.
@Timeout(120)
class BadInputTest extends SafekeeperFixture {

  private static final TimelineKey OTHER =
      new TimelineKey(
          TestSafekeeper.KEY.tenant(), TimelineId.parse("00000000000000000000000000000001"));
  private static final Term ONE = new Term(1);

  /// @param refused what is sent last, after the election if `elected`
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Case(
      String name, boolean elected, byte[] refused, String sqlState, String message) {}

  private static byte[] greeting(TenantId tenant, TimelineId timeline, ServerIdentity server) {
    return RawPeer.copyData(
        new ProposerMessage.Greeting(tenant, timeline, MembershipConfiguration.NONE, server));
  }

  private static byte[] append(int generation, Lsn begin, byte[] wal) {
    return RawPeer.copyData(
        new ProposerMessage.Append(
            generation, ONE, begin, begin.plus(wal.length), START, Lsn.INVALID),
        wal);
  }

  /// Proposers whose first words are about another server.
  private static List<Case> strangers() {
    TenantId tenant = TestSafekeeper.KEY.tenant();
    TimelineId timeline = TestSafekeeper.KEY.timeline();
    long system = TestSafekeeper.SYSTEM_ID;
    List<Case> cases = new ArrayList<>();
    cases.add(
        new Case(
            "another tenant",
            false,
            greeting(
                TenantId.parse("99999999999999999999999999999999"),
                timeline,
                TestSafekeeper.SERVER),
            "55000",
            "the greeting is for timeline 9999"));
    cases.add(
        new Case(
            "another system",
            false,
            greeting(tenant, timeline, new ServerIdentity(150020, 5, 1 << 20)),
            "55000",
            "system id 5 instead of"));
    cases.add(
        new Case(
            "another segment size",
            false,
            greeting(tenant, timeline, new ServerIdentity(150020, system, 16 << 20)),
            "55000",
            "WAL segments of 16777216 bytes"));
    cases.add(
        new Case(
            "another major version",
            false,
            greeting(tenant, timeline, new ServerIdentity(160004, system, 1 << 20)),
            "55000",
            "major version 16 instead of 15"));
    return cases;
  }

  /// Elected proposers that say something wrong.
  private static List<Case> leaders() {
    WalText wal = wal();
    wal.add("a record of which a byte was flipped");
    byte[] damaged = wal.bytes();
    damaged[damaged.length - 3] ^= 1;
    byte[] hugeLength = {'d', -1, -1, -1, -1, 'a'};
    List<Case> cases = new ArrayList<>();
    cases.add(new Case("a bad checksum", true, append(1, START, damaged), "XX001", "checksum"));
    cases.add(
        new Case("a gap", true, append(1, START.plus(64), new byte[64]), "55000", "an append at"));
    cases.add(
        new Case(
            "another generation",
            true,
            append(7, START, wal.bytes()),
            "55000",
            "membership generation 7"));
    cases.add(
        new Case(
            "no proposer's message",
            true,
            RawPeer.message('d', new byte[] {'?', 1, 2}),
            "08P01",
            "tag 63"));
    cases.add(
        new Case(
            "a history that contradicts ours",
            true,
            RawPeer.copyData(
                new ProposerMessage.Elected(
                    1,
                    ONE,
                    START.plus(8),
                    TermHistory.beginningAt(START.plus(8)).with(ONE, START.plus(8)))),
            "55000",
            "one term begins at"));
    cases.add(new Case("4 GB", true, hugeLength, "08P01", "length"));
    cases.add(
        new Case(
            "a query within the stream",
            true,
            RawPeer.message('Q', new byte[] {'x', 0}),
            "08P01",
            "'Q'"));
    return cases;
  }

  private RawPeer push(TimelineKey key) throws Exception {
    return new RawPeer(safekeeper).startUp(key, "proposer").copyBoth(TestProposer.COMMAND);
  }

  private static void lead(RawPeer peer, TimelineKey key) throws Exception {
    peer.write(greeting(key.tenant(), key.timeline(), TestSafekeeper.SERVER));
    assertThat(peer.receive().tag()).isEqualTo('d');
    peer.write(
        RawPeer.copyData(
            new ProposerMessage.Elected(
                1,
                ONE,
                START,
                new TermHistory(List.of(new TermHistory.Entry(Term.ZERO, START)))
                    .with(ONE, START))));
  }

  private static void heartbeat(RawPeer peer) throws Exception {
    peer.write(append(1, START, new byte[0]));
    assertThat(peer.receive().tag()).isEqualTo('d');
  }

  @Test
  @DisplayName("bad input to a push: typed error, one line with the cause, other timelines go on")
  void badPushesAreRefusedInWords() throws Exception {
    safekeeper.create(OTHER, START);
    List<Case> cases = new ArrayList<>(strangers());
    cases.addAll(leaders());
    try (LogLines log = new LogLines();
        RawPeer healthy = push(OTHER)) {
      lead(healthy, OTHER);
      heartbeat(healthy);
      int ended = 0;
      for (Case bad : cases) {
        try (RawPeer peer = push(TestSafekeeper.KEY)) {
          if (bad.elected()) {
            lead(peer, TestSafekeeper.KEY);
            heartbeat(peer);
          }
          peer.write(bad.refused());

          Message answer = peer.receiveEnd();

          assertThat(answer.tag()).as(bad.name()).isEqualTo('E');
          assertThat(answer.field('C')).as(bad.name()).isEqualTo(bad.sqlState());
          assertThat(answer.field('M')).as(bad.name()).contains(bad.message());
          assertThat(peer.receive().tag()).as(bad.name()).isEqualTo(Message.END);
        }
        ended++;
        assertThat(log.with("terminated")).as(bad.name()).hasSize(ended);
        assertThat(log.with("terminated").getLast())
            .as(bad.name())
            .startsWith("WARNING")
            .contains("refused, " + bad.sqlState())
            .contains(bad.message());
        heartbeat(healthy);
      }
      assertThat(log.loud()).hasSize(ended);
    }
  }

  @Test
  @DisplayName("bad input to a reading stream: typed error, one line with the cause")
  void badFeedbackIsRefusedInWords() throws Exception {
    try (LogLines log = new LogLines()) {
      for (byte[] bad : new byte[][] {{}, {'r', 1, 2}, {'h', 0}, {'z', 1, 2, 3}}) {
        try (RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "reader")) {
          peer.copyBoth("START_REPLICATION PHYSICAL " + START);
          peer.write(RawPeer.message('d', bad));
          Message answer = peer.receiveEnd();
          assertThat(answer.tag()).isEqualTo('E');
          assertThat(answer.field('C')).isEqualTo("08P01");
        }
      }
      assertThat(log.with("WAL sender").stream().filter(line -> line.contains("refused, 08P01")))
          .hasSize(4);
      try (RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "reader")) {
        peer.copyBoth("START_REPLICATION PHYSICAL " + START);
        peer.write(RawPeer.message('d', new byte[] {'?'}));
        peer.write(RawPeer.message('d', new byte[] {'?'}));
        peer.write(RawPeer.message('c', new byte[0]));
        assertThat(peer.receiveEnd().tag()).isEqualTo('c');
      }
      assertThat(log.with("not known and ignored")).hasSize(1);
    }
  }

  @Test
  @DisplayName("commands that are not served are refused in words, and one line says so")
  void otherCommandsAreRefusedInWords() throws Exception {
    for (String[] bad :
        new String[][] {
          {"START_REPLICATION PHYSICAL nonsense", "42601"},
          {"START_REPLICATION SLOT \"x\" LOGICAL 0/0", "0A000"},
          {"START_REPLICATION PHYSICAL " + START + " TIMELINE 2", "58P01"},
          {"START_REPLICATION PHYSICAL 0/100", "58P01"},
          {"START_REPLICATION PHYSICAL " + START + " (term='9')", "55000"},
          {"START_WAL_PUSH nonsense", "42601"},
          {"SELECT 1", "42601"},
          {"TIMELINE_HISTORY 2", "58P01"},
          {"CREATE_REPLICATION_SLOT \"X-y\" PHYSICAL", "42602"},
          {"CREATE_REPLICATION_SLOT x LOGICAL pgoutput", "0A000"},
          {"SHOW shared_buffers", "42704"}
        }) {
      try (LogLines log = new LogLines();
          RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "client")) {
        Message answer = peer.query(bad[0]).receive();
        assertThat(answer.tag()).as(bad[0]).isEqualTo('E');
        assertThat(answer.field('C')).as(bad[0]).isEqualTo(bad[1]);
        assertThat(log.with("refused")).as(bad[0]).singleElement().asString().contains(bad[1]);
      }
    }
  }

  @Test
  @DisplayName("random bytes, in any phase, never hang and harm nobody else")
  void randomBytesHarmNobody() throws Exception {
    safekeeper.create(OTHER, START);
    Random random = new Random(20_240_229);
    try (LogLines log = new LogLines();
        RawPeer healthy = push(OTHER)) {
      lead(healthy, OTHER);
      for (int i = 0; i < 60; i++) {
        byte[] noise = new byte[random.nextInt(200) + 5];
        random.nextBytes(noise);
        try (RawPeer peer = new RawPeer(safekeeper)) {
          switch (i % 3) {
            case 0 -> peer.write(noise);
            case 1 -> peer.startUp(TestSafekeeper.KEY, "noise").write(noise);
            default -> {
              peer.startUp(TestSafekeeper.KEY, "noise").copyBoth(TestProposer.COMMAND);
              // A tag that is right makes the noise go deeper.
              noise[0] = (byte) "gvea".charAt(random.nextInt(4));
              peer.write(RawPeer.message('d', noise));
            }
          }
          peer.socket.shutdownOutput();
          Message last = peer.receive();
          while (last.tag() != Message.END) {
            last = peer.receive();
          }
        }
        heartbeat(healthy);
      }
      assertThat(log.with("internal error")).isEmpty();
      assertThat(
              log.with(OTHER.timeline().toString()).stream()
                  .filter(line -> line.contains("terminated")))
          .isEmpty();
    }
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> StreamThreads.alive().isEmpty());
  }

  @Test
  @DisplayName("a half-closed connection ends in every phase")
  void halfClosedConnectionsEnd() throws Exception {
    ByteBuffer half = ByteBuffer.allocate(6).putInt(60).putShort((short) 3);
    try (RawPeer peer = new RawPeer(safekeeper)) {
      peer.write(half.array());
      peer.socket.shutdownOutput();
      assertThat(peer.receive().tag()).isEqualTo(Message.END);
    }
    try (RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "half")) {
      peer.socket.shutdownOutput();
      assertThat(peer.receive().tag()).isEqualTo(Message.END);
    }
    try (RawPeer peer = push(TestSafekeeper.KEY)) {
      peer.write((byte) 'd', (byte) 0, (byte) 0, (byte) 1);
      peer.socket.shutdownOutput();
      assertThat(peer.receiveEnd().tag()).isEqualTo(Message.END);
    }
    try (RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "half")) {
      peer.copyBoth("START_REPLICATION PHYSICAL " + START);
      peer.socket.shutdownOutput();
      assertThat(peer.receiveEnd().tag()).isEqualTo(Message.END);
    }
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> StreamThreads.alive().isEmpty());
  }
}
