package dev.argon.safekeeper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.PageserverFeedback;
import dev.argon.quorum.wire.FeedbackCodec;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the readers of a safekeeper get.
@Timeout(120)
class WalStreamingTest extends SafekeeperFixture {
  @Test
  void readersGetCommittedWalOnlyAndWaitForMore() throws Exception {
    WalText wal = wal();
    Lsn first = wal.add("first");
    Lsn second = wal.add("second");
    try (TestProposer proposer = new TestProposer(safekeeper);
        PgClient reader = safekeeper.connect("argon_terms=on")) {
      proposer.lead(7);
      proposer.append(7, START, wal.bytes(), first);
      CopyStream stream = reader.copyBoth("START_REPLICATION PHYSICAL " + START);
      List<String> seen = new ArrayList<>();
      while (!seen.contains("w" + START + "-" + first)) {
        seen.add(next(stream));
      }
      assertThat(seen).contains("t7@" + START).noneMatch(text -> text.contains(second.toString()));

      proposer.append(7, second, new byte[0], second);
      while (!seen.contains("w" + first + "-" + second)) {
        seen.add(next(stream));
      }
      assertThat(next(stream)).isEqualTo("k" + second);
      stream.done();
      while (stream.receive()) {}
      reader.finishCopy();
    }
    try (PgClient other = safekeeper.connect()) {
      assertThat(other.query("IDENTIFY_SYSTEM").rows().getFirst())
          .containsExactly(Long.toString(TestSafekeeper.SYSTEM_ID), "1", second.toString(), null);
    }
  }

  private static String next(CopyStream stream) throws Exception {
    assertThat(stream.receive()).isTrue();
    ByteBuffer message = stream.payload();
    return switch (message.get()) {
      case 'w' -> {
        Lsn begin = new Lsn(message.getLong());
        message.getLong();
        message.getLong();
        yield "w" + begin + "-" + begin.plus(message.remaining());
      }
      case 't' -> "t" + message.getLong() + "@" + new Lsn(message.getLong());
      case 'k' -> "k" + new Lsn(message.getLong());
      default -> throw new AssertionError("an unknown message");
    };
  }

  @Test
  void aReaderWithATermGetsFlushedWalUntilTheTermChanges() throws Exception {
    WalText wal = wal();
    wal.add("first");
    try (TestProposer proposer = new TestProposer(safekeeper);
        PgClient reader = safekeeper.connect()) {
      proposer.lead(3);
      proposer.append(3, START, wal.bytes(), START);
      CopyStream stream = reader.copyBoth("START_REPLICATION PHYSICAL " + START + " (term='3')");
      assertThat(next(stream)).isEqualTo("w" + START + "-" + wal.end());
      proposer.vote(4);
      assertThatThrownBy(
              () -> {
                while (true) {
                  next(stream);
                }
              })
          .isInstanceOf(PgErrorException.class)
          .hasMessageContaining("the term is 4");
    }
  }

  @Test
  void feedbackOfThePageserverReachesTheProposerAndIsKept() throws Exception {
    WalText wal = wal();
    Lsn first = wal.add("first");
    PageserverFeedback feedback = new PageserverFeedback(123, first, START, first, 5);
    try (TestProposer proposer = new TestProposer(safekeeper);
        PgClient reader = safekeeper.connect()) {
      proposer.lead(1);
      proposer.append(1, START, wal.bytes(), first);
      CopyStream stream = reader.copyBoth("START_REPLICATION PHYSICAL " + START);
      ByteBuffer message = ByteBuffer.allocate(9 + FeedbackCodec.SIZE_BYTES);
      message.put((byte) 'z').putLong(FeedbackCodec.SIZE_BYTES);
      FeedbackCodec.encode(feedback, message);
      stream.writer().copyData(message.flip());

      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() ->
              assertThat(proposer.append(1, first, new byte[0], first).pageserver())
                  .contains(feedback));
    }
    restart();
    assertThat(safekeeper.get(TestSafekeeper.timelinePath()).body())
        .contains("\"remote_consistent_lsn\":\"" + first + "\"");
  }

  @Test
  void readersFromASegmentsStartGetAGeneratedPrefix() throws Exception {
    WalText wal = wal();
    wal.add("first");
    append(wal);
    Lsn segmentStart = Lsn.parse("0/1A00000");

    byte[] all = streamed(segmentStart, wal.end());

    int prefix = (int) START.bytesAfter(segmentStart);
    assertThat(Arrays.copyOfRange(all, prefix, all.length)).isEqualTo(wal.bytes());
    assertThatThrownBy(() -> streamed(Lsn.parse("0/19FFFF8"), START))
        .hasMessageContaining("below the timeline's first");
  }

  @Test
  void wholeSegmentsAreBackedUpAndServedAfterTheyAreRemoved() throws Exception {
    WalText wal = wal();
    for (int i = 0; i < 60; i++) {
      wal.add(new String(random(60_000, i), ISO_8859_1)); // some 90 kB each
    }
    append(wal);
    Path objects =
        root.resolve(
            "objects/" + TestSafekeeper.KEY.tenant() + "/" + TestSafekeeper.KEY.timeline());
    long first = TestSafekeeper.LAYOUT.segmentNumber(START.value());
    long last = TestSafekeeper.LAYOUT.segmentNumber(wal.end().value());
    assertThat(last - first).isGreaterThan(3);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> assertThat(objects.resolve("wal").toFile().list()).hasSize((int) (last - first)));
    try (PgClient reader = safekeeper.connect()) {
      CopyStream stream = reader.copyBoth("START_REPLICATION PHYSICAL " + wal.end());
      ByteBuffer message = ByteBuffer.allocate(9 + FeedbackCodec.SIZE_BYTES);
      message.put((byte) 'z').putLong(FeedbackCodec.SIZE_BYTES);
      FeedbackCodec.encode(new PageserverFeedback(0, wal.end(), wal.end(), wal.end(), 0), message);
      stream.writer().copyData(message.flip());
      Path firstSegment = TestSafekeeper.timelineDirectory(1, root).resolve(segment(START));
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !Files.exists(firstSegment));
    }

    assertThat(streamed(START, wal.end())).isEqualTo(wal.bytes());
    restart();
    assertThat(safekeeper.get("/v1/status").body()).contains("\"health\":\"ok\"");
  }

  @Test
  void aReaderThatStopsReadingHoldsNobodyUp() throws Exception {
    WalText wal = longWal();
    try (PgClient lazy = safekeeper.connect()) {
      lazy.copyBoth("START_REPLICATION PHYSICAL " + START);
      append(wal);
      assertThat(streamed(START, wal.end())).isEqualTo(wal.bytes());
    }
  }

  @Test
  void stockReceivewalWritesTheSameSegments() throws Exception {
    WalText wal = longWal();
    append(wal);
    Path target = Files.createDirectory(root.resolve("received"));

    ProcessBuilder command =
        new ProcessBuilder(
                "/usr/lib/postgresql/15/bin/pg_receivewal",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(safekeeper.pg().port()),
                "-U",
                "test",
                "-D",
                target.toString(),
                "--no-loop",
                "--no-sync",
                "-v",
                "-E",
                wal.end().plus(-8).toString()) // it stops behind this position, not at it
            .redirectErrorStream(true);
    command
        .environment()
        .put(
            "PGOPTIONS",
            "-c tenant_id="
                + TestSafekeeper.KEY.tenant()
                + " timeline_id="
                + TestSafekeeper.KEY.timeline());
    Path log = root.resolve("receivewal.log");
    Process receiver = command.redirectOutput(log.toFile()).start();
    if (!receiver.waitFor(60, TimeUnit.SECONDS)) {
      receiver.destroyForcibly();
    }
    String output = Files.readString(log);
    assertThat(receiver.waitFor()).as(output).isZero();
    Path last = target.resolve(segment(wal.end()) + ".partial");
    int count = TestSafekeeper.LAYOUT.segmentOffset(wal.end().value());
    assertThat(Arrays.copyOf(Files.readAllBytes(last), count))
        .as(output)
        .isEqualTo(wal.bytes(wal.end().plus(-count), wal.end()));
  }
}
