package dev.argon.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.PageserverFeedback;
import dev.argon.quorum.wire.FeedbackCodec;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// When the stream to a pageserver ends by itself, and when it does not. A keepalive comes once a
/// second, so three of them are longer than what an end takes.
@Timeout(120)
class IdleReadersTest extends SafekeeperFixture {

  private PgClient subscribe() throws Exception {
    PgClient client =
        PgClient.connect(
            PgClientSettings.of(safekeeper.pg().toSocketAddress(), "test", "replication"));
    CopyStream _ = client.copyBoth("SUBSCRIBE (node '7', kind 'pageserver')");
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(safekeeper.get("/v1/debug_dump").body()).contains("\"pageserver 7\""));
    return client;
  }

  private static CopyStream read(PgClient client, Lsn start) throws Exception {
    return client.copyBoth("START_REPLICATION PHYSICAL " + start);
  }

  private static void reportDurable(CopyStream stream, Lsn lsn) throws Exception {
    ByteBuffer message = ByteBuffer.allocate(9 + FeedbackCodec.SIZE_BYTES);
    message.put((byte) 'z').putLong(FeedbackCodec.SIZE_BYTES);
    FeedbackCodec.encode(new PageserverFeedback(0, lsn, lsn, lsn, 0), message);
    stream.writer().copyData(message.flip());
  }

  private static void assertStays(CopyStream stream) throws Exception {
    for (int keepalives = 0; keepalives < 3; ) {
      assertThat(stream.receive()).isTrue();
      keepalives += stream.payload().get(stream.payload().position()) == 'k' ? 1 : 0;
    }
  }

  private static void assertEnds(CopyStream stream) {
    assertThatThrownBy(
            () -> {
              while (stream.receive()) {
                // until the last word
              }
            })
        .isInstanceOfSatisfying(
            PgErrorException.class,
            end -> {
              assertThat(end.sqlState()).isEqualTo("00000");
              assertThat(end.error().message()).startsWith("ending streaming at ");
            });
  }

  @Test
  @DisplayName("SK-5 the stream of a reader that has all durable ends while nobody writes")
  void itEndsWhenAllIsDurableAndNobodyWrites() throws Exception {
    WalText wal = longWal();
    append(wal);
    try (PgClient _ = subscribe();
        PgClient client = safekeeper.connect("argon_pageserver=7")) {
      CopyStream stream = read(client, START);
      reportDurable(stream, START);
      assertStays(stream);

      reportDurable(stream, wal.end());

      assertEnds(stream);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(safekeeper.get(TestSafekeeper.timelinePath()).body())
                .contains("\"walsenders\":[]"));
  }

  @Test
  @DisplayName("SK-5 it does not end while a proposer is connected")
  void itStaysWhileSomebodyMayWrite() throws Exception {
    try (PgClient _ = subscribe();
        PgClient client = safekeeper.connect("argon_pageserver=7")) {
      CopyStream stream;
      try (TestProposer proposer = new TestProposer(safekeeper)) {
        proposer.lead(1);
        stream = read(client, START);
        reportDurable(stream, START);
        assertStays(stream);
      }
      assertEnds(stream);
    }
  }

  @Test
  void itStaysForWhoHasNoSubscription() throws Exception {
    try (PgClient client = safekeeper.connect("argon_pageserver=7")) {
      CopyStream stream = read(client, START);
      reportDurable(stream, START);
      assertStays(stream);

      try (PgClient _ = subscribe()) {
        assertEnds(stream);
      }
    }
  }

  @Test
  void itStaysForWhoDoesNotSayThatItIsAPageserver() throws Exception {
    try (PgClient _ = subscribe();
        PgClient client = safekeeper.connect()) {
      CopyStream stream = read(client, START);
      reportDurable(stream, START);

      assertStays(stream);
    }
  }

  @Test
  void aPageserverWithoutANumberIsRefused() throws Exception {
    try (PgClient client = safekeeper.connect("argon_pageserver=none")) {
      assertThatThrownBy(() -> read(client, START)).hasMessageContaining("argon_pageserver");
    }
  }
}
