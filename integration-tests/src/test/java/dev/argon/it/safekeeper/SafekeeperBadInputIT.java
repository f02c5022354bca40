package dev.argon.it.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.stack.TestForm;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Every wrong thing a peer can do to a real safekeeper while another timeline is written and read:
/// a typed error to that peer, one line with the cause, and the others notice nothing.
class SafekeeperBadInputIT {

  private static final TestTimeline TARGET = TestTimeline.number(10);
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int STARTUP_MILLIS = 3_000;
  private static final int SLOW_CLIENTS = 20;
  private static final int RANDOM_CLIENTS = 90;

  /// A line that says why a connection or a query has ended.
  private static final Pattern ENDS = Pattern.compile("terminated|refused");

  private static SafekeeperProcess safekeeper;
  private static SteadyStream steady;

  @BeforeAll
  static void start() throws IOException {
    safekeeper = new SafekeeperProcess("{\"startup_millis\": " + STARTUP_MILLIS + "}");
    steady = new SteadyStream(safekeeper, TestTimeline.number(1));
    safekeeper.create(TARGET);
    steady.awaitProgress();
  }

  @AfterAll
  static void stop() throws IOException {
    steady.close();
    safekeeper.close();
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  @DisplayName("PP-5, PP-7, SK-3, SK-8: each bad peer gets its error and one line names the cause")
  void eachBadPeerGetsItsErrorAndOneLineNamesTheCause() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (BadPeer peer : BadPeers.all(TARGET).toList()) {
      int linesBefore = safekeeper.log().size();
      Optional<Map<Character, String>> error;
      try (RawConnection connection = safekeeper.connect()) {
        error = peer.misbehave(connection);
      } catch (IOException e) {
        wrong.add(peer + ": " + e);
        continue;
      }
      checkError(peer, error, wrong);
      checkLines(peer, linesBefore, wrong);
    }

    assertThat(wrong).as("%s", String.join("\n", wrong)).isEmpty();
    assertUndisturbed();
  }

  private static void checkError(
      BadPeer peer, Optional<Map<Character, String>> error, List<String> wrong) {
    String state = error.map(fields -> fields.getOrDefault('C', "?")).orElse("");
    String message = error.map(fields -> fields.getOrDefault('M', "")).orElse("");
    boolean isOther = error.isPresent() && !message.contains(peer.cause());
    if (!state.equals(peer.sqlState()) || isOther) {
      wrong.add(
          "%s: must be %s \"%s\", is %s".formatted(peer, peer.sqlState(), peer.cause(), error));
    }
  }

  /// Exactly one line tells of the peer, and it names the cause.
  private static void checkLines(BadPeer peer, int linesBefore, List<String> wrong) {
    List<String> found = new ArrayList<>();
    try {
      Awaitility.await()
          .atMost(LIMIT)
          .pollInterval(20, TimeUnit.MILLISECONDS)
          .until(() -> {
            found.clear();
            linesSince(linesBefore).filter(ENDS.asPredicate()).forEach(found::add);
            return !found.isEmpty();
          });
    } catch (ConditionTimeoutException e) {
      wrong.add(peer + ": no line in the log");
      return;
    }
    if (found.size() != 1 || !found.getFirst().contains(peer.cause())) {
      wrong.add("%s: one line with \"%s\", not %s".formatted(peer, peer.cause(), found));
    }
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void randomBytesHarmNobody() throws IOException {
    Random random = new Random(TestForm.seed("SafekeeperBadInputIT"));
    int linesBefore = safekeeper.log().size();
    for (int round = 0; round < RANDOM_CLIENTS; round++) {
      byte[] bytes = new byte[1 + random.nextInt(round % 10 == 0 ? 200_000 : 300)];
      random.nextBytes(bytes);
      try (RawConnection connection =
          round % 3 == 0 ? safekeeper.connect() : safekeeper.open(TARGET)) {
        connection.readLimit(STARTUP_MILLIS * 3);
        if (round % 3 == 2) {
          connection.copyBoth(ScriptedProposer.START);
          connection.send(RawConnection.message('d', bytes));
        } else {
          connection.send(bytes);
        }
        connection.halfClose();
        while (true) {
          connection.read();
        }
      } catch (EOFException | SocketException e) {
        // closed, which is right
      }
    }

    Awaitility.await("a line for each")
        .atMost(LIMIT)
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .untilAsserted(() ->
            assertThat(linesSince(linesBefore).filter(line -> line.contains("terminated:")))
                .hasSize(RANDOM_CLIENTS));
    assertUndisturbed();
  }

  @Test
  @DisplayName("startups that trickle in end after the start-up's time, not later")
  void startupsThatTrickleInEndInTime() throws IOException {
    byte[] packet = RawConnection.startupPacket(Map.of("user", "x".repeat(5_000)));
    int linesBefore = safekeeper.log().size();
    List<RawConnection> slow = new ArrayList<>();
    for (int i = 0; i < SLOW_CLIENTS; i++) {
      slow.add(safekeeper.connect());
    }
    List<RawConnection> open = new ArrayList<>(slow);
    AtomicInteger sent = new AtomicInteger();
    long begin = System.nanoTime();
    try {
      Awaitility.await("the connections are closed")
          .atMost(LIMIT)
          .pollInterval(100, TimeUnit.MILLISECONDS)
          .until(() -> {
            byte next = packet[sent.getAndIncrement()];
            open.removeIf(connection -> isClosedAfter(connection, next));
            return open.isEmpty();
          });
    } finally {
      for (RawConnection connection : slow) {
        connection.close();
      }
    }
    long millis = (System.nanoTime() - begin) / 1_000_000;

    assertThat(millis).isBetween(STARTUP_MILLIS - 500L, STARTUP_MILLIS + 8_000L);
    assertThat(linesSince(linesBefore).filter(line -> line.contains("terminated: timed out")))
        .hasSize(SLOW_CLIENTS);
    assertUndisturbed();
  }

  private static Stream<String> linesSince(int before) {
    return safekeeper.log().stream().skip(before);
  }

  /// Sends the next byte.
  private static boolean isClosedAfter(RawConnection connection, byte next) {
    try {
      connection.send(next);
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void controlFileOfANewerVersionStopsOnlyItsTimeline() throws IOException {
    TestTimeline newer = safekeeper.create(TestTimeline.number(20));
    TestTimeline other = safekeeper.create(TestTimeline.number(21));
    steady.close();
    safekeeper.restart(data -> raiseVersion(data.resolve(controlFile(newer))));
    try {
      BadPeer peer =
          BadPeer.client(
              "push to a timeline of a newer version",
              newer,
              "XX001",
              "version",
              connection -> connection.query(ScriptedProposer.START));
      List<String> wrong = new ArrayList<>();
      try (RawConnection connection = safekeeper.connect()) {
        checkError(peer, peer.misbehave(connection), wrong);
      }
      assertThat(wrong).isEmpty();
      assertThat(safekeeper.log())
          .anyMatch(line -> line.contains(newer.timeline().toString()) && line.contains("version"));
      try (ScriptedProposer proposer = safekeeper.proposer(other)) {
        proposer.write(new GeneratedWal(proposer.lead()), 1, 100);
      }
    } finally {
      steady = new SteadyStream(safekeeper, TestTimeline.number(2));
    }
  }

  private static String controlFile(TestTimeline timeline) {
    return timeline.tenant() + "/" + timeline.timeline() + "/safekeeper.control";
  }

  /// Sets the format version to 999, with the checksum that belongs to it.
  private static void raiseVersion(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    bytes.putInt(4, 999);
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), 0, bytes.capacity() - 4);
    bytes.putInt(bytes.capacity() - 4, (int) crc.getValue());
    Files.write(file, bytes.array());
  }

  private static void assertUndisturbed() {
    assertThat(safekeeper.isAlive()).isTrue();
    steady.awaitProgress();
    assertThat(safekeeper.log()).as("no stack trace").noneMatch(line -> line.startsWith("\tat "));
  }
}
