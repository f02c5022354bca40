package dev.argon.it.safekeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.argon.it.process.Command;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.safekeeper.SafekeeperProcess.Held;
import dev.argon.it.stack.Http;
import dev.argon.it.stack.Json;
import dev.argon.postgres.Lsn;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Peers that vanish at every point of both COPY streams: noticed in the timeout, said so in the
/// log, everything they held given back, and nobody else disturbed.
@EnabledIfSystemProperty(named = "argon.long", matches = "true")
class VanishingPeerIT {

  private static final Duration SILENCE = Duration.ofSeconds(6);

  /// The safekeeper's look at its deadlines, and a machine with other things to do; so short that a
  /// second wait would be noticed.
  private static final Duration GRACE = Duration.ofSeconds(4);

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static SafekeeperProcess safekeeper;
  private static SteadyStream steady;

  @BeforeAll
  static void start() throws IOException {
    safekeeper =
        new SafekeeperProcess(
            "{\"startup_millis\": %1$d, \"silence_millis\": %1$d, \"write_millis\": %1$d}"
                .formatted(SILENCE.toMillis()));
    steady = new SteadyStream(safekeeper, TestTimeline.number(1));
    for (SilentPoint point : SilentPoint.values()) {
      safekeeper.create(point.timeline());
      fill(point.timeline(), point.walMegabytes());
    }
    // what is loaded and started for such peers is there before we count
    Process first = peers("127.0.0.1").start();
    try {
      letVanish(first, VanishingPeerIT::stop, 0);
    } finally {
      RunningProcess.kill(first.pid());
    }
    steady.awaitProgress();
  }

  private static void stop(long pid) {
    RunningProcess.signal(pid, "STOP");
  }

  @AfterAll
  static void close() throws IOException {
    steady.close();
    safekeeper.close();
  }

  private static void fill(TestTimeline timeline, int megabytes) throws IOException {
    if (megabytes == 0) {
      return;
    }
    try (ScriptedProposer proposer = safekeeper.proposer(timeline)) {
      GeneratedWal wal = new GeneratedWal(proposer.lead());
      for (int i = 0; i < megabytes; i++) {
        proposer.write(wal, 10, 100_000);
      }
    }
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  @DisplayName("SK-9, SK-10: peers whose network is cut are noticed, logged and leave nothing")
  void peersWhoseNetworkIsCut() throws IOException {
    Optional<String> obstacle = PeerNetwork.obstacle();
    assumeTrue(obstacle.isEmpty(), () -> "cannot cut a network here: " + obstacle.orElse(""));
    try (PeerNetwork network = PeerNetwork.create()) {
      vanish(network.inside(peers(network.host())), _ -> network.cut());
    }
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  @DisplayName("SK-9, SK-10: stopped peers are noticed, logged and leave nothing")
  void peersThatAreStopped() throws IOException {
    vanish(peers("127.0.0.1"), VanishingPeerIT::stop);
  }

  @Test
  @DisplayName("SK-6: an idle stream whose peer is alive outlives the timeout")
  void idleStreamsOfLivingPeersStay() throws IOException {
    TestTimeline timeline = safekeeper.create(TestTimeline.number(2));
    try (ScriptedProposer proposer = safekeeper.proposer(timeline);
        RawConnection reader = safekeeper.open(timeline)) {
      Lsn end = proposer.lead();
      reader.copyBoth("START_REPLICATION PHYSICAL " + end);
      long until = System.nanoTime() + SILENCE.multipliedBy(2).toNanos();
      int keepalives = 0;
      while (System.nanoTime() < until) {
        if (reader.readCopyData().get() == 'k') {
          keepalives++;
        }
        reader.copyData(SteadyStream.standbyStatus(end.value()));
        proposer.heartbeat(end);
        proposer.awaitFlushed(end);
      }

      assertThat(keepalives)
          .as("one a second")
          .isGreaterThanOrEqualTo((int) SILENCE.multipliedBy(2).toSeconds() - 3);
      proposer.write(new GeneratedWal(end), 1, 100);
    }
  }

  private static Command peers(String host) {
    return Command.of(
        SafekeeperProcess.java("java"),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        SilentPeers.class.getName(),
        host,
        Integer.toString(safekeeper.address().pgPort()));
  }

  /// How a process of peers is made to vanish.
  @FunctionalInterface
  private interface Vanishing {
    void of(long pid);
  }

  private static void vanish(Command peers, Vanishing vanishing) throws IOException {
    Held before = settled();
    Process process = peers.start();
    try {
      letVanish(process, vanishing, before.sockets());
      System.out.printf("VanishingPeerIT: held before %s%n", before);

      Awaitility.await("what they held is given back, before it was " + before)
          .atMost(LIMIT)
          .pollInterval(300, TimeUnit.MILLISECONDS)
          .until(safekeeper::held, now -> isNothingLeft(before, now));
      assertNobodyCounted();
      steady.awaitProgress();
      assertThat(steady.longestWait()).as("others wait for none of them").isLessThan(SILENCE);
    } finally {
      RunningProcess.kill(process.pid());
    }
  }

  /// Until all of them have been noticed.
  private static void letVanish(Process process, Vanishing vanishing, int socketsBefore)
      throws IOException {
    int linesBefore = safekeeper.log().size();
    Map<SilentPoint, Integer> ports = awaitSilence(process);
    int socketsDuring = safekeeper.sockets();
    assertThat(socketsDuring).isGreaterThanOrEqualTo(socketsBefore + ports.size());

    vanishing.of(process.pid());
    Instant vanished = Instant.now();
    Awaitility.await("all are noticed")
        .atMost(LIMIT)
        .pollInterval(100, TimeUnit.MILLISECONDS)
        .untilAsserted(() -> assertNoticed(ports, linesBefore, vanished));
    System.out.printf(
        "VanishingPeerIT: %d peers noticed within %d ms, %d sockets with them%n",
        ports.size(), Duration.between(vanished, Instant.now()).toMillis(), socketsDuring);
  }

  /// What is held when no earlier peer is left.
  private static Held settled() {
    Held[] last = {safekeeper.held()};
    Awaitility.await("nothing changes")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(300, TimeUnit.MILLISECONDS)
        .until(() -> {
          Held now = safekeeper.held();
          boolean same = now.equals(last[0]);
          last[0] = now;
          return same;
        });
    return last[0];
  }

  private static Map<SilentPoint, Integer> awaitSilence(Process process) throws IOException {
    Map<SilentPoint, Integer> ports = new EnumMap<>(SilentPoint.class);
    BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.equals(SilentPeers.ALL_SILENT)) {
        return ports;
      }
      String[] words = line.split(" ", 2);
      ports.put(SilentPoint.valueOf(words[0]), Integer.parseInt(words[1]));
    }
    throw new AssertionError(
        "the peers ended at "
            + ports
            + ": "
            + new String(process.getErrorStream().readAllBytes(), UTF_8)
            + safekeeper.logTail());
  }

  /// One line for each, at level "info" and in time.
  private static void assertNoticed(
      Map<SilentPoint, Integer> ports, int linesBefore, Instant vanished) {
    List<String> all = safekeeper.log();
    List<String> lines = all.subList(linesBefore, all.size());
    ports.forEach((point, port) -> {
      String label = point.isInStream() ? point.timeline().timeline().toString() : ":" + port + " ";
      assertThat(lines)
          .as("%s, of %s", point, label)
          .filteredOn(line -> line.contains("terminated: timed out") && line.contains(label))
          .singleElement()
          .satisfies(line -> {
            assertThat(line).contains(" INFO ");
            assertThat(Instant.parse(line.substring(0, line.indexOf(' '))))
                .isBetween(vanished, vanished.plus(SILENCE).plus(GRACE));
          });
    });
    assertThat(lines).noneMatch(line -> line.contains(" ERROR "));
  }

  /// Nor is anybody counted as connected who is not.
  private static void assertNobodyCounted() {
    for (SilentPoint point : SilentPoint.values()) {
      Json status = safekeeper.address().status(point.timeline());
      assertThat(status.at("walreceivers").list()).as("proposers, %s", point).isEmpty();
      assertThat(status.at("walsenders").list()).as("readers, %s", point).isEmpty();
    }
    assertThat(Http.send("GET", safekeeper.address().url() + "/metrics", "").lines())
        .as("the two connections of the steady stream")
        .contains("argon_safekeeper_pg_connections 2.0");
  }

  private static boolean isNothingLeft(Held before, Held now) {
    return now.sockets() <= before.sockets()
        && now.threads() <= before.threads()
        && now.connections() <= before.connections()
        && now.bufferBytes() <= before.bufferBytes();
  }
}
