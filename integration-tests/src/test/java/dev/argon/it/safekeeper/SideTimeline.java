package dev.argon.it.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.PageserverFeedback;
import dev.argon.quorum.wire.FeedbackCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/// A timeline that only a test writes to, so that it knows every byte.
final class SideTimeline {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int READ_LIMIT_MILLIS = 20_000;

  private final TestTimeline timeline;
  private final KeeperAddress keeper;
  private final GeneratedWal wal = new GeneratedWal(TestTimeline.START);

  /// Up to here a safekeeper has said that it is durable.
  private Lsn acknowledged = TestTimeline.START;

  /// @param keeper where it is created and written
  SideTimeline(TestTimeline timeline, KeeperAddress keeper) {
    this.timeline = timeline;
    this.keeper = keeper;
  }

  void create() {
    keeper.create(timeline);
  }

  /// With so many records of more than 100 kB each.
  void createWith(int records) {
    create();
    write(records);
  }

  /// Of everything that was sent.
  Lsn end() {
    return wal.end();
  }

  /// Everything that was sent.
  byte[] bytes() {
    return wal.bytes();
  }

  /// Writes records of more than 100 kB each; they are durable, committed and known to be so.
  void write(int records) {
    try (ScriptedProposer proposer = keeper.proposer(timeline)) {
      proposer.connection().readLimit(READ_LIMIT_MILLIS);
      assertThat(proposer.lead()).as("the log's end").isEqualTo(wal.end());
      for (int i = 0; i < records; i++) {
        proposer.write(wal, 1, 100_000);
        acknowledged = wal.end();
      }
    } catch (IOException e) {
      throw new AssertionError("writing to " + keeper, e);
    }
    awaitPersisted("commit_lsn");
  }

  /// Tells the safekeeper, as a pageserver does, that all of it is durable elsewhere.
  void reportDurable() {
    PageserverFeedback feedback =
        new PageserverFeedback(0, wal.end(), wal.end(), wal.end(), System.currentTimeMillis());
    ByteBuffer message = ByteBuffer.allocate(9 + FeedbackCodec.SIZE_BYTES);
    message.put((byte) 'z').putLong(FeedbackCodec.SIZE_BYTES);
    FeedbackCodec.encode(feedback, message);
    try (RawConnection reader = keeper.open(timeline)) {
      reader.copyBoth("START_REPLICATION PHYSICAL " + wal.end());
      reader.copyData(message.array());
      awaitPersisted("remote_consistent_lsn");
    } catch (IOException e) {
      throw new AssertionError("reporting to " + keeper, e);
    }
  }

  /// Waits until the control file says so, which is what counts after SIGKILL.
  private void awaitPersisted(String position) {
    Awaitility.await(position + " in the control file")
        .atMost(LIMIT)
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .until(() -> {
          var dump =
              keeper.http(
                  "GET",
                  "/v1/debug_dump?tenant_id=%s&timeline_id=%s"
                      .formatted(timeline.tenant(), timeline.timeline()),
                  "");
          String lsn = dump.at("timelines").list().getFirst().at("persisted").at(position).text();
          return Lsn.parse(lsn).isAtLeast(wal.end());
        });
  }

  /// Everything that was acknowledged is on this safekeeper, and is read as it was sent.
  void assertWholeAt(KeeperAddress where) {
    assertWholeAt(where, TestTimeline.START);
  }

  /// The same for what begins at `from`; what lies below may be gone.
  void assertWholeAt(KeeperAddress where, Lsn from) {
    try (ScriptedProposer proposer = where.proposer(timeline)) {
      proposer.connection().readLimit(READ_LIMIT_MILLIS);
      Lsn end = proposer.lead();
      assertThat(end.isAtLeast(acknowledged) && wal.end().isAtLeast(end))
          .as("%s ends at %s; %s acknowledged, %s sent", where, end, acknowledged, wal.end())
          .isTrue();
      proposer.heartbeat(end); // the commit LSN may have been lost
      proposer.awaitFlushed(end);
      byte[] sent =
          Arrays.copyOfRange(
              wal.bytes(),
              (int) from.bytesAfter(TestTimeline.START),
              (int) end.bytesAfter(TestTimeline.START));
      assertThat(read(where, from, sent.length)).as("WAL at %s", where).isEqualTo(sent);
    } catch (IOException e) {
      throw new AssertionError("looking at " + where, e);
    }
  }

  private byte[] read(KeeperAddress where, Lsn from, int count) throws IOException {
    ByteBuffer wanted = ByteBuffer.allocate(count);
    long until = System.nanoTime() + LIMIT.toNanos();
    try (RawConnection reader = where.open(timeline)) {
      reader.readLimit(READ_LIMIT_MILLIS);
      reader.copyBoth("START_REPLICATION PHYSICAL " + from);
      while (wanted.hasRemaining()) {
        ByteBuffer message = reader.readCopyData();
        if (message.get() == 'w') {
          assertThat(message.getLong()).isEqualTo(from.value() + wanted.position());
          message.position(message.position() + 16);
          wanted.put(message);
        }
        if (System.nanoTime() - until > 0) {
          throw new IOException("only " + wanted.position() + " bytes of " + count + " came");
        }
      }
    }
    return wanted.array();
  }
}
