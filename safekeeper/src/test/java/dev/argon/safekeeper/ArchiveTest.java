package dev.argon.safekeeper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.PageserverFeedback;
import dev.argon.quorum.wire.FeedbackCodec;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowingConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The WAL of idle timelines in the object store, and timelines whose WAL is only there.
@Timeout(120)
class ArchiveTest extends SafekeeperFixture {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private void restartWith(long partialIdleMillis, long evictionIdleMillis, long retentionMillis)
      throws Exception {
    safekeeper.close();
    safekeeper =
        TestSafekeeper.start(
            1,
            root,
            new SafekeeperConfig.Archive(partialIdleMillis, evictionIdleMillis, retentionMillis));
  }

  private Path objects() {
    return root.resolve(
        "objects/" + TestSafekeeper.KEY.tenant() + "/" + TestSafekeeper.KEY.timeline() + "/wal");
  }

  private static List<String> names(Path directory) throws Exception {
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private List<String> localSegments() throws Exception {
    return names(TestSafekeeper.timelineDirectory(1, root)).stream()
        .filter(name -> name.length() == 24)
        .toList();
  }

  private static void eventually(ThrowingConsumer<Boolean> assertion) {
    Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertion.acceptThrows(true));
  }

  /// Tells the safekeeper that the pageserver has everything up to `lsn`.
  private void reportRemoteConsistent(Lsn lsn) throws Exception {
    try (PgClient reader = safekeeper.connect()) {
      CopyStream stream = reader.copyBoth("START_REPLICATION PHYSICAL " + lsn);
      ByteBuffer message = ByteBuffer.allocate(9 + FeedbackCodec.SIZE_BYTES);
      message.put((byte) 'z').putLong(FeedbackCodec.SIZE_BYTES);
      FeedbackCodec.encode(new PageserverFeedback(0, lsn, lsn, lsn, 0), message);
      stream.writer().copyData(message.flip());
      eventually(_ ->
          assertThat(safekeeper.get(TestSafekeeper.timelinePath()).body())
              .contains("\"remote_consistent_lsn\":\"" + lsn + "\""));
    }
  }

  private static String partialName(WalText wal, int term) {
    return String.format(
        Locale.ROOT,
        "%s_%d_%016X_%016X_sk1.partial",
        segment(wal.end()),
        term,
        wal.end().value(),
        wal.end().value());
  }

  @Test
  void anIdleTimelinesLastSegmentIsArchivedUpToItsEnd() throws Exception {
    restartWith(1, -1, -1);
    WalText wal = longWal();
    append(wal);
    String name = partialName(wal, 1);

    eventually(_ -> assertThat(names(objects())).contains(name));

    int size = TestSafekeeper.LAYOUT.segmentOffset(wal.end().value());
    byte[] content = Files.readAllBytes(objects().resolve(name));
    assertThat(content).isEqualTo(wal.bytes(wal.end().plus(-size), wal.end()));
  }

  @Test
  void aNewPartialSegmentTakesTheOldOnesPlace() throws Exception {
    restartWith(1, -1, -1);
    WalText wal = wal();
    Lsn first = wal.add("first");
    append(wal);
    String old = partialName(wal, 1);
    eventually(_ -> assertThat(names(objects())).containsExactly(old));

    wal.add("second");
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      proposer.lead(2);
      proposer.append(2, first, wal.bytes(first, wal.end()), wal.end());
    }

    eventually(_ -> assertThat(names(objects())).containsExactly(partialName(wal, 2)));
  }

  @Test
  void anEvictedTimelineComesBackAtItsFirstReader() throws Exception {
    restartWith(1, 1, -1);
    WalText wal = longWal();
    append(wal);
    reportRemoteConsistent(wal.end());
    eventually(_ -> assertThat(localSegments()).isEmpty());
    assertThat(safekeeper.get(TestSafekeeper.timelinePath()).body())
        .contains("\"residency\":\"evicted\"");

    assertThat(streamed(START, wal.end())).isEqualTo(wal.bytes());
    eventually(_ -> assertThat(localSegments()).isEmpty()); // and it leaves again
  }

  @Test
  void anEvictedTimelineIsWrittenToAfterARestart() throws Exception {
    restartWith(1, 1, -1);
    WalText wal = longWal();
    append(wal);
    reportRemoteConsistent(wal.end());
    eventually(_ -> assertThat(localSegments()).isEmpty());

    restart();

    assertThat(safekeeper.get("/v1/status").body()).contains("\"health\":\"ok\"");
    assertThat(safekeeper.get(TestSafekeeper.timelinePath()).body())
        .contains("\"residency\":\"evicted\"")
        .contains("\"flush_lsn\":\"" + wal.end() + "\"");
    Lsn end = wal.end();
    wal.add("more");
    try (TestProposer proposer = new TestProposer(safekeeper)) {
      assertThat(proposer.lead(2).flushLsn()).isEqualTo(end);
      assertThat(proposer.append(2, end, wal.bytes(end, wal.end()), wal.end()).flushLsn())
          .isEqualTo(wal.end());
    }
    restart();
    assertThat(streamed(START, wal.end())).isEqualTo(wal.bytes());
  }

  @Test
  void whatIsNotWhatWasPutIsNotTakenBack() throws Exception {
    restartWith(1, 1, -1);
    WalText wal = longWal();
    append(wal);
    reportRemoteConsistent(wal.end());
    eventually(_ -> assertThat(localSegments()).isEmpty());
    Path partial = objects().resolve(partialName(wal, 1));
    try (RandomAccessFile file = new RandomAccessFile(partial.toFile(), "rw")) {
      file.setLength(file.length() - 1);
    }

    try (PgClient reader = safekeeper.connect()) {
      assertThat(
              org.assertj.core.api.Assertions.catchThrowable(
                  () -> reader.copyBoth("START_REPLICATION PHYSICAL " + START).receive()))
          .hasMessageContaining("cannot be brought back");
    }
  }

  @Test
  void aTimelineThatDiffersFromWhatWasArchivedIsNotEvicted() throws Exception {
    restartWith(1, 1, -1);
    WalText wal = longWal();
    append(wal);
    String name = partialName(wal, 1);
    eventually(_ -> assertThat(names(objects())).contains(name));
    try (RandomAccessFile file = new RandomAccessFile(objects().resolve(name).toFile(), "rw")) {
      file.seek(100);
      int old = file.read();
      file.seek(100);
      file.write(old ^ 1);
    }

    reportRemoteConsistent(wal.end());

    eventually(_ ->
        assertThat(safekeeper.get("/v1/status").body()).contains("differs from the local WAL"));
    assertThat(localSegments()).isNotEmpty();
  }

  @Test
  void archivedSegmentsGoWhenTheyAreOldAndNobodyNeedsThem() throws Exception {
    restartWith(60_000, -1, 0);
    WalText wal = wal();
    for (int i = 0; i < 60; i++) {
      wal.add(new String(random(60_000, i), ISO_8859_1)); // some 90 kB each
    }
    append(wal);
    long first = TestSafekeeper.LAYOUT.segmentNumber(START.value());
    long last = TestSafekeeper.LAYOUT.segmentNumber(wal.end().value());
    eventually(_ -> assertThat(names(objects())).hasSize((int) (last - first)));

    reportRemoteConsistent(wal.end());

    eventually(_ -> assertThat(names(objects())).hasSize(2));
    assertThat(names(objects()).getLast())
        .isEqualTo(segment(wal.end().plus(-TestSafekeeper.LAYOUT.segmentSize())).toString());
  }

  @Test
  void deletionForGoodTakesTheArchivedWalAlong() throws Exception {
    restartWith(1, -1, -1);
    append(longWal());
    eventually(_ -> assertThat(names(objects())).hasSizeGreaterThan(1));

    safekeeper.delete(TestSafekeeper.timelinePath());

    assertThat(names(objects())).isEmpty();
  }

  @Test
  void deletionHereOnlyLeavesWholeSegments() throws Exception {
    restartWith(1, -1, -1);
    append(longWal());
    eventually(_ -> assertThat(names(objects())).anyMatch(name -> name.endsWith("_sk1.partial")));

    safekeeper.delete(TestSafekeeper.timelinePath() + "?only_local=true");

    assertThat(names(objects())).isNotEmpty().allMatch(name -> name.length() == 24);
  }
}
