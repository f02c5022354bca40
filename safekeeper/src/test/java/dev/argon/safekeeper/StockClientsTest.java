package dev.argon.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.server.StockCluster;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import dev.argon.quorum.wire.ProposerCodec;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Stock programs on the WAL of a stock server that lies in a safekeeper: a hot standby follows and
/// answers queries, `pg_receivewal` writes the server's own segments.
@Timeout(180)
class StockClientsTest {

  private static final Term TERM = new Term(1);
  private static final TimelineKey KEY = TestSafekeeper.KEY;

  @TempDir Path root;

  /// The stock server's WAL, pushed into the safekeeper piece by piece.
  private static final class Pusher implements AutoCloseable {
    private final RawPeer peer;
    private final Lsn start;
    private Lsn pushed;

    Pusher(TestSafekeeper safekeeper, Lsn start, ServerIdentity server) throws Exception {
      this.start = start;
      pushed = start;
      peer = new RawPeer(safekeeper).startUp(KEY, "proposer").copyBoth(TestProposer.COMMAND);
      peer.write(
          RawPeer.copyData(
              new ProposerMessage.Greeting(
                  KEY.tenant(), KEY.timeline(), MembershipConfiguration.NONE, server)));
      peer.receive();
      TermHistory history =
          new TermHistory(List.of(new TermHistory.Entry(Term.ZERO, start))).with(TERM, start);
      peer.write(RawPeer.copyData(new ProposerMessage.Elected(1, TERM, start, history)));
    }

    /// Pushes what the server has written since the last time, and waits until it is committed.
    ///
    /// @return where it ends
    Lsn push(StockCluster server) throws Exception {
      Lsn end = Lsn.parse(server.sql("select pg_current_wal_flush_lsn()"));
      StockCluster.Wal wal = server.wal();
      while (pushed.isBefore(end)) {
        Lsn next = Lsn.min(end, pushed.plus(ProposerMessage.Append.BYTES_MAX));
        int from = (int) (pushed.value() - wal.startLsn());
        int to = (int) (next.value() - wal.startLsn());
        append(next, end, Arrays.copyOfRange(wal.bytes(), from, to));
      }
      append(end, end, new byte[0]);
      Lsn committed = start;
      while (committed.isBefore(end)) {
        committed = receive().commitLsn();
      }
      return end;
    }

    private void append(Lsn next, Lsn commit, byte[] wal) throws Exception {
      peer.write(
          RawPeer.copyData(
              new ProposerMessage.Append(1, TERM, pushed, next, commit, Lsn.INVALID), wal));
      pushed = next;
    }

    AcceptorMessage.AppendResponse receive() throws Exception {
      RawPeer.Message message = peer.receive();
      assertThat(message.tag()).as(message.field('M')).isEqualTo('d');
      return (AcceptorMessage.AppendResponse) ProposerCodec.decodeAcceptorMessage(message.buffer());
    }

    @Override
    public void close() throws IOException {
      peer.close();
    }
  }

  /// The end of the checkpoint with which initdb has shut the cluster down.
  private static Lsn firstLsn(StockCluster cluster, ControlFile control) throws Exception {
    WalLayout layout = WalLayout.v15(control.systemIdentifier());
    StockCluster.Wal wal = cluster.wal();
    int from = (int) (control.checkPointLsn() - wal.startLsn());
    WalStreamDecoder decoder = WalStreamDecoder.startingAt(control.checkPointLsn(), layout);
    decoder.feed(Arrays.copyOfRange(wal.bytes(), from, wal.bytes().length));
    assertThat(decoder.next()).isTrue();
    return new Lsn(decoder.recordEndLsn());
  }

  private static void create(TestSafekeeper safekeeper, Lsn start, ServerIdentity server)
      throws Exception {
    HttpResponse<String> answer =
        safekeeper.post(
            TestSafekeeper.timelinePath(),
            String.format(
                Locale.ROOT,
                """
                {"start_lsn": "%s", "pg_version": %d, "system_id": %s, "wal_seg_size": %d,
                 "generation": 1, "members": [{"id": 1, "host": "127.0.0.1", "pg_port": 1}]}
                """,
                start,
                server.pgVersion(),
                Long.toUnsignedString(server.systemId()),
                server.walSegmentBytes()));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private static String options() {
    return "-c tenant_id=" + KEY.tenant() + " -c timeline_id=" + KEY.timeline();
  }

  private static void makeStandby(StockCluster standby, TestSafekeeper safekeeper)
      throws Exception {
    String conninfo =
        "host=127.0.0.1 port=%d user=test application_name=standby options=''%s''"
            .formatted(safekeeper.pg().port(), options());
    String settings =
        """
        primary_conninfo = '%s'
        hot_standby_feedback = on
        wal_receiver_status_interval = 1s
        wal_retrieve_retry_interval = 200ms
        """
            .formatted(conninfo);
    standby.replaceFile("postgresql.auto.conf", settings.getBytes(StandardCharsets.UTF_8));
    standby.replaceFile("standby.signal", new byte[0]);
  }

  @Test
  @DisplayName("a stock hot standby follows, answers, and its needs reach the proposer")
  void aStockStandbyFollows() throws Exception {
    try (StockCluster primary = StockCluster.create();
        StockCluster standby = StockCluster.of(primary.data());
        TestSafekeeper safekeeper = TestSafekeeper.start(1, root)) {
      ControlFile control = ControlFile.read(primary.file("global/pg_control"));
      Lsn start = firstLsn(primary, control);
      ServerIdentity server =
          new ServerIdentity(150_000, control.systemIdentifier(), control.walSegmentSize());
      create(safekeeper, start, server);
      primary.start();
      primary.sql("create table t as select generate_series(1, 1000) as a");
      makeStandby(standby, safekeeper);
      try (Pusher pusher = new Pusher(safekeeper, start, server)) {
        pusher.push(primary);
        standby.start("max_connections=100"); // not below what the control file says
        awaitCount(standby, "1000");
        primary.sql("insert into t select generate_series(1, 50000)");
        primary.sql("checkpoint; select pg_switch_wal(); insert into t values (1)");
        pusher.push(primary);

        awaitCount(standby, "51001");
        assertThat(standby.sql("select status from pg_stat_wal_receiver")).isEqualTo("streaming");
        AcceptorMessage.AppendResponse answer = pusher.receive();
        while (answer.hotStandby().xmin() == 0) {
          answer = pusher.receive();
        }
        assertThat(answer.hotStandby().xmin())
            .isLessThanOrEqualTo(Long.parseLong(primary.sql("select txid_current()")));
      }
    }
  }

  private static void awaitCount(StockCluster standby, String count) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions() // the table is not there yet
        .until(() -> standby.sql("select count(*) from t").equals(count));
  }

  @Test
  @DisplayName("pg_receivewal with a slot writes the server's own segments")
  void receivewalWithASlotWritesTheServersSegments() throws Exception {
    try (StockCluster primary = StockCluster.create();
        TestSafekeeper safekeeper = TestSafekeeper.start(1, root)) {
      ControlFile control = ControlFile.read(primary.file("global/pg_control"));
      Lsn start = firstLsn(primary, control);
      ServerIdentity server =
          new ServerIdentity(150_000, control.systemIdentifier(), control.walSegmentSize());
      create(safekeeper, start, server);
      primary.start();
      primary.sql("create table t as select generate_series(1, 1000) as a; select pg_switch_wal()");
      primary.sql("insert into t values (1)");
      Path target = Files.createDirectory(root.resolve("received"));
      try (Pusher pusher = new Pusher(safekeeper, start, server)) {
        Lsn end = pusher.push(primary);
        receivewal(safekeeper, "--slot=archive", "--create-slot");
        receivewal(
            safekeeper,
            "--slot=archive",
            "-D",
            target.toString(),
            "--no-loop",
            "--no-sync",
            "-E",
            end.plus(-8).toString()); // it stops behind this position, not at it
        receivewal(safekeeper, "--slot=archive", "--drop-slot");
      }
      // Without a file to begin behind it begins with the segment of the log's end.
      WalLayout layout = WalLayout.v15(control.systemIdentifier());
      Lsn last = Lsn.parse(primary.sql("select pg_current_wal_flush_lsn()"));
      String name = layout.segmentFileName(1, layout.segmentNumber(last.value()));
      byte[] received = Files.readAllBytes(target.resolve(name + ".partial"));
      byte[] own = primary.file("pg_wal/" + name);
      int count = layout.segmentOffset(last.value());
      assertThat(count).isPositive();
      assertThat(Arrays.copyOf(received, count)).isEqualTo(Arrays.copyOf(own, count));
    }
  }

  private void receivewal(TestSafekeeper safekeeper, String... arguments) throws Exception {
    ProcessBuilder command =
        new ProcessBuilder(
            "/usr/lib/postgresql/15/bin/pg_receivewal",
            "-h",
            "127.0.0.1",
            "-p",
            Integer.toString(safekeeper.pg().port()),
            "-U",
            "test",
            "-v");
    command.command().addAll(List.of(arguments));
    command.environment().put("PGOPTIONS", options());
    Path log = root.resolve("receivewal.log");
    Process process = command.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    assertThat(process.waitFor()).as(Files.readString(log)).isZero();
  }
}
