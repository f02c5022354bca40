package dev.argon.it.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.it.check.Pgbench;
import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PostgresPrograms;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.process.StockServer;
import dev.argon.it.process.TestDirectory;
import dev.argon.it.stack.Http;
import dev.argon.it.stack.Json;
import dev.argon.it.stack.Stack;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/// PostgreSQL's own programs, a stock standby and the JDBC driver against safekeepers that a real
/// compute feeds.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@EnabledIfSystemProperty(named = "argon.long", matches = "true")
class RealClientsIT {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int SEGMENT_BYTES = 16 << 20;
  private static final int SCALE = 2;
  private static final int SECONDS = 4;

  private static Stack stack;
  private static ConnectionSource source;
  private static Json timeline;

  /// Where the timeline begins.
  private static Lsn start;

  @BeforeAll
  static void up() {
    stack = new Stack("clients");
    stack.up();
    source = stack.source(); // its port stays when the endpoint is started again
    timeline =
        Json.parse(Http.send("GET", "http://127.0.0.1:" + http(1) + "/v1/timeline", ""))
            .at("timelines")
            .list()
            .getFirst();
    start = Lsn.parse(timeline.at("timeline_start_lsn").text());
  }

  @AfterAll
  static void close() {
    stack.close();
  }

  private static int pg(int safekeeper) {
    return stack.portBase() + 1 + 2 * safekeeper;
  }

  private static int http(int safekeeper) {
    return pg(safekeeper) + 1;
  }

  private static String options() {
    return "-c tenant_id=%s -c timeline_id=%s"
        .formatted(timeline.at("tenant_id").text(), timeline.at("timeline_id").text());
  }

  /// As libpq takes it.
  private static String conninfo(int safekeeper) {
    return "host=127.0.0.1 port=%d user=reader password=%s sslmode=disable options='%s'"
        .formatted(pg(safekeeper), stack.storageToken(), options());
  }

  private static Lsn commitLsn(int safekeeper) {
    String path =
        "/v1/tenant/%s/timeline/%s"
            .formatted(timeline.at("tenant_id").text(), timeline.at("timeline_id").text());
    return Lsn.parse(
        Json.parse(Http.send("GET", "http://127.0.0.1:" + http(safekeeper) + path, ""))
            .at("commit_lsn")
            .text());
  }

  private static Lsn currentLsn() throws SQLException {
    return Lsn.parse(source.string("select pg_current_wal_flush_lsn()"));
  }

  // ---- pg_receivewal ----

  /// First, while the compute is the timeline's first one: its `pg_wal` begins where the timeline
  /// does.
  @Test
  @Order(1)
  @Timeout(value = 4, unit = TimeUnit.MINUTES)
  void receivedSegmentsAreThoseOfThePrimaryByteForByte() throws Exception {
    Path received = Files.createDirectory(stack.workspace().resolve("received"));
    Process receiver =
        Command.of(
                PostgresPrograms.path("pg_receivewal"),
                "--directory=" + received,
                "--dbname=" + conninfo(1),
                "--status-interval=1",
                "--no-loop")
            .start();
    try {
      Pgbench pgbench = new Pgbench(source);
      pgbench.initialize(SCALE);
      Pgbench.Run run = pgbench.tpcb(4, SECONDS);
      pgbench.verifyBalances(run.processed(), run.processed());
      source.strings("select pg_switch_wal()");
      source.execute("create table behind_the_switch ()");
      Lsn end = currentLsn();
      Awaitility.await("all of it is received")
          .atMost(LIMIT)
          .pollInterval(200, TimeUnit.MILLISECONDS)
          .failFast("pg_receivewal ended", () -> !receiver.isAlive())
          .until(() -> mismatch(received, end) == end.value());
    } finally {
      RunningProcess.kill(receiver.pid());
    }

    List<Path> whole;
    try (Stream<Path> files = Files.list(received)) {
      whole = files.filter(file -> !file.toString().endsWith(".partial")).sorted().toList();
    }
    assertThat(whole).as("whole segments").hasSizeGreaterThanOrEqualTo(2);
    // the prefix that was made up is WAL all the same: every page header is in its place
    Command.Result dump =
        Command.of(
                "/usr/lib/postgresql/15/bin/pg_waldump",
                whole.getFirst().toString(),
                whole.getLast().toString())
            .run(LIMIT)
            .ok();
    assertThat(dump.out()).contains("lsn: " + padded(start));
    assertThat(dump.err()).doesNotContain("error");
  }

  private static String padded(Lsn lsn) {
    return "%X/%08X".formatted(lsn.value() >>> 32, lsn.value() & 0xFFFFFFFFL);
  }

  /// Up to where the received bytes are those of the primary's `pg_wal`, from the timeline's first
  /// LSN on.
  private static long mismatch(Path received, Lsn end) throws IOException {
    Path primary = primaryWal();
    long at = start.value();
    while (at < end.value()) {
      String name = segmentName(at);
      Path mine = received.resolve(name);
      if (!Files.exists(mine)) {
        mine = received.resolve(name + ".partial");
      }
      if (!Files.exists(mine)) {
        return at;
      }
      int from = (int) (at % SEGMENT_BYTES);
      int to = (int) Math.min(SEGMENT_BYTES, end.value() - (at - from));
      int same =
          ByteBuffer.wrap(Files.readAllBytes(mine), from, to - from)
              .mismatch(
                  ByteBuffer.wrap(Files.readAllBytes(primary.resolve(name)), from, to - from));
      if (same >= 0) {
        return at + same;
      }
      at += to - from;
    }
    return at;
  }

  private static String segmentName(long lsn) {
    return "00000001%08X%08X".formatted(lsn >>> 32, (lsn & 0xFFFFFFFFL) / SEGMENT_BYTES);
  }

  // ---- a stock standby ----

  @Test
  @Order(2)
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void stockStandbyFollowsASafekeeperAndAnswersWithTheRightSums() throws Exception {
    Pgbench pgbench = new Pgbench(source);
    stack.argon("endpoint", "stop", "main").ok();
    Path base = base(commitLsn(2));
    stack.argon("endpoint", "start", "main").ok();
    String user = source.string("select current_user");
    try (StockServer server =
        StockServer.on(
            base,
            "hot_standby = on",
            "wal_receiver_status_interval = 1",
            "hot_standby_feedback = on",
            "max_connections = " + source.string("show max_connections"),
            "max_wal_senders = " + source.string("show max_wal_senders"),
            "max_worker_processes = " + source.string("show max_worker_processes"),
            "primary_conninfo = '" + conninfo(2).replace("'", "''") + "'")) {
      ConnectionSource standby =
          new ConnectionSource(
              "postgresql://%s@127.0.0.1:%d/%s"
                  .formatted(
                      user, server.source().port(), source.string("select current_database()")));
      long rowsBefore = source.number("select count(*) from pgbench_history");

      Pgbench.Run run = pgbench.tpcb(4, SECONDS);
      Lsn end = currentLsn();
      Awaitility.await("the standby has replayed it")
          .atMost(LIMIT)
          .pollInterval(100, TimeUnit.MILLISECONDS)
          .until(() ->
              Lsn.parse(standby.string("select coalesce(pg_last_wal_replay_lsn(), '0/0')"))
                  .isAtLeast(end));

      assertThat(standby.string("select pg_is_in_recovery()")).isEqualTo("t");
      assertThat(standby.string("select status || ' ' || sender_port from pg_stat_wal_receiver"))
          .isEqualTo("streaming " + pg(2));
      new Pgbench(standby)
          .verifyBalances(rowsBefore + run.processed(), rowsBefore + run.processed());
      for (String table : List.of("accounts", "branches", "tellers", "history")) {
        String sum =
            "select sum(hashtextextended(t::text, 0)::numeric) from pgbench_" + table + " t";
        assertThat(standby.string(sum)).as(table).isEqualTo(source.string(sum));
      }
    }
  }

  private static Path base(Lsn end) throws IOException, CorruptDataException {
    Path directory = Files.createDirectory(stack.workspace().resolve("standby"));
    Path base =
        new StandbyBase(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), stack.portBase() + 1),
                TenantId.parse(timeline.at("tenant_id").text()),
                TimelineId.parse(timeline.at("timeline_id").text()),
                end)
            .write(directory);
    TestDirectory.giveToPostgres(directory);
    return base;
  }

  // ---- psql and pg_basebackup ----

  @Test
  @Order(3)
  void psqlAsksASafekeeper() throws SQLException {
    assertThat(psql("IDENTIFY_SYSTEM"))
        .isEqualTo(
            "%s|1|%s|"
                .formatted(
                    source.string("select system_identifier from pg_control_system()"),
                    commitLsn(3)));
    assertThat(psql("SHOW wal_segment_size")).isEqualTo("16MB");
    assertThat(psql("TIMELINE_STATUS").split("\\|"))
        .hasSizeGreaterThanOrEqualTo(2)
        .contains(commitLsn(3).toString());
    Command.Result wrong = psqlCommand("SELECT 1");
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.err()).startsWith("ERROR:").contains("SELECT");
  }

  private static String psql(String command) {
    return psqlCommand(command).ok().text();
  }

  private static Command.Result psqlCommand(String command) {
    return Command.of(
            "psql", "-X", "-A", "-t", "-c", command, conninfo(3) + " replication=true dbname=x")
        .run(LIMIT);
  }

  /// A safekeeper has no pages: the program must end with an error that says so.
  @Test
  @Order(4)
  void baseBackupOfASafekeeperIsRefusedWithAReason() {
    Command.Result result =
        Command.of(
                PostgresPrograms.path("pg_basebackup"),
                "--pgdata=" + stack.workspace().resolve("never"),
                "--dbname=" + conninfo(3),
                "--wal-method=none",
                "--checkpoint=fast")
            .run(LIMIT);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("BASE_BACKUP");
  }

  // ---- the JDBC driver ----

  private static Connection jdbc() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "reader");
    properties.setProperty("password", stack.storageToken());
    properties.setProperty("options", options());
    properties.setProperty("replication", "true");
    properties.setProperty("assumeMinServerVersion", "15");
    properties.setProperty("preferQueryMode", "simple");
    properties.setProperty("sslmode", "disable");
    properties.setProperty("socketTimeout", "30");
    return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + pg(3) + "/x", properties);
  }

  @Test
  @Order(5)
  @Timeout(value = 1, unit = TimeUnit.MINUTES)
  void jdbcAsksAndStreamsFromASafekeeper() throws Exception {
    try (Connection connection = jdbc()) {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("IDENTIFY_SYSTEM")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getString("systemid"))
            .isEqualTo(source.string("select system_identifier from pg_control_system()"));
      }
      Lsn from = commitLsn(3);
      source.execute("create table read_by_jdbc (id int)");
      Lsn end = currentLsn();
      ByteBuffer read = ByteBuffer.allocate((int) end.bytesAfter(from));
      try (PGReplicationStream stream =
          connection
              .unwrap(PGConnection.class)
              .getReplicationAPI()
              .replicationStream()
              .physical()
              .withStartPosition(LogSequenceNumber.valueOf(from.value()))
              .withStatusInterval(1, TimeUnit.SECONDS)
              .start()) {
        while (read.hasRemaining()) {
          ByteBuffer wal = Objects.requireNonNull(stream.read());
          int count = Math.min(wal.remaining(), read.remaining());
          read.put(wal.slice(wal.position(), count));
          stream.setFlushedLSN(stream.getLastReceiveLSN());
        }
        stream.forceUpdateStatus();
      }
      assertThat(read.flip()).isEqualTo(local(from, end));
    }
  }

  /// The `pg_wal` of the server that runs; a server works in its data directory.
  private static Path primaryWal() {
    return stack.postmasters().getFirst().directory().resolve("pg_wal");
  }

  /// Bytes of the primary's WAL.
  private static ByteBuffer local(Lsn from, Lsn end) throws IOException {
    Path primary = primaryWal();
    ByteBuffer bytes = ByteBuffer.allocate((int) end.bytesAfter(from));
    long at = from.value();
    while (at < end.value()) {
      byte[] segment = Files.readAllBytes(primary.resolve(segmentName(at)));
      int offset = (int) (at % SEGMENT_BYTES);
      int count = (int) Math.min(SEGMENT_BYTES - offset, end.value() - at);
      bytes.put(segment, offset, count);
      at += count;
    }
    return bytes.flip();
  }
}
