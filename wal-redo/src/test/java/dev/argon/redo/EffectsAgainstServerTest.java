package dev.argon.redo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.server.StockCluster;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.redo.effect.CheckPointState;
import dev.argon.redo.effect.EffectSink;
import dev.argon.redo.effect.RecordEffects;
import dev.argon.redo.effect.Slru;
import dev.argon.redo.fuzz.Corpus;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// All effects of a real server's log, from initdb's checkpoint to a clean stop, lead to the files
/// the server has then.
class EffectsAgainstServerTest {

  /// Transactions are moved ahead so far before the load that freezing everything cuts off segments
  /// of the commit log.
  private static final int FIRST_TRANSACTION = 3 * 1024 * 1024;

  private static final String LOAD =
      """
      CREATE EXTENSION pg_visibility;
      CREATE TABLE t (id int PRIMARY KEY, text text);
      INSERT INTO t SELECT g, repeat('x', 200) FROM generate_series(1, 20000) g;
      VACUUM FREEZE t;
      UPDATE t SET text = 'changed' WHERE id % 700 = 0;
      DELETE FROM t WHERE id % 900 = 0;
      SELECT count(*) FROM (SELECT * FROM t WHERE id % 1100 = 0 FOR UPDATE) AS locked;
      INSERT INTO t SELECT g, 'y' FROM generate_series(20001, 20050) g;
      DELETE FROM t WHERE id > 15000;
      VACUUM t;
      COPY t (id) FROM PROGRAM 'seq 40001 42000';
      INSERT INTO t SELECT g, repeat('z', 300) FROM generate_series(30001, 30500) g;
      CREATE TABLE dropped AS SELECT * FROM t;
      CREATE TABLE cut AS SELECT * FROM t;
      TRUNCATE cut;
      DROP TABLE dropped;
      BEGIN; CREATE TABLE never (id int); INSERT INTO never VALUES (1); ROLLBACK;
      BEGIN;
      INSERT INTO t VALUES (-1, '');
      SAVEPOINT a; INSERT INTO t VALUES (-2, ''); ROLLBACK TO a;
      SAVEPOINT b; INSERT INTO t VALUES (-3, ''); RELEASE b;
      COMMIT;
      BEGIN; INSERT INTO t VALUES (-4, ''); SAVEPOINT c; INSERT INTO t VALUES (-5, '');
      PREPARE TRANSACTION 'committed';
      COMMIT PREPARED 'committed';
      BEGIN; INSERT INTO t VALUES (-6, ''); PREPARE TRANSACTION 'aborted';
      ROLLBACK PREPARED 'aborted';
      BEGIN; INSERT INTO t VALUES (-7, ''); SAVEPOINT d; INSERT INTO t VALUES (-8, '');
      PREPARE TRANSACTION 'open';
      VACUUM FULL pg_class;
      CREATE SEQUENCE s; SELECT nextval('s');
      SELECT lo_from_bytea(0, 'large object');
      SELECT pg_logical_emit_message(true, 'neon-file:pg_stat/kept', 'content');
      SELECT pg_logical_emit_message(false, 'neon-file:pg_stat/gone', 'content');
      SELECT pg_logical_emit_message(false, 'neon-file:pg_stat/gone', '');
      SELECT pg_logical_emit_message(false, 'other', 'content');
      SELECT pg_replication_origin_create('origin');
      SELECT pg_replication_origin_create('dropped origin');
      SELECT pg_replication_origin_advance('origin', '1/ABC');
      SELECT pg_replication_origin_advance('dropped origin', '1/DEF');
      SELECT pg_replication_origin_drop('dropped origin');
      CHECKPOINT;
      """;

  // A prepared transaction holds a share lock on every row; each later one that joins in makes a
  // multixact of the two.
  private static final String MULTIXACTS =
      """
      BEGIN; SELECT count(*) FROM (SELECT * FROM t WHERE id <= 4500 FOR KEY SHARE) AS locked;
      PREPARE TRANSACTION 'lock';
      DO $$
      BEGIN
        FOR i IN 1..4400 LOOP
          PERFORM 1 FROM t WHERE id = i FOR KEY SHARE;
          COMMIT;
        END LOOP;
      END
      $$;
      DO $$
      BEGIN
        FOR i IN 1..34000 LOOP
          PERFORM pg_current_xact_id();
          COMMIT;
        END LOOP;
      END
      $$;
      COMMIT PREPARED 'lock';
      """;

  private static final int SAMPLES_PER_KIND = 20;
  private static final Map<Integer, List<byte[]>> samples = new TreeMap<>();
  private static final Corpus corpus = new Corpus();
  private static final ByteBuffer NO_PAGE = ByteBuffer.allocate(8192);
  private static StockCluster cluster;
  private static EffectReplay replay;
  private static ControlFile control;
  private static final CheckPoint NONE =
      new CheckPoint(0, 0, 0, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  private static CheckPoint beforeLast = NONE;
  private static CheckPoint afterLast = NONE;
  private static Instant begun = Instant.EPOCH;

  @BeforeAll
  static void runServerAndReplay() throws Exception {
    begun = Instant.now();
    cluster = StockCluster.create();
    cluster.program(
        "pg_resetwal", "-x", String.valueOf(FIRST_TRANSACTION), "-D", cluster.data().toString());
    replay = EffectReplay.load(cluster.data(), new RedoSettings(false));
    ControlFile start = ControlFile.read(cluster.file("global/pg_control"));
    cluster.start(
        "full_page_writes=off",
        "wal_level=logical",
        "wal_keep_size=2GB",
        "max_prepared_transactions=5",
        "synchronous_commit=off",
        "autovacuum=off");
    cluster.sql(LOAD);
    cluster.sql(MULTIXACTS);
    cluster.sql("CREATE DATABASE by_blocks STRATEGY wal_log");
    cluster.sql("CREATE DATABASE by_files STRATEGY file_copy");
    cluster.sql("CREATE DATABASE gone");
    cluster.sql("by_files", "CREATE TABLE t AS SELECT 1 AS one");
    cluster.sql("DROP DATABASE gone");
    cluster.sql("COMMIT PREPARED 'open'");
    cluster.sql("UPDATE pg_database SET datallowconn = true");
    cluster.client("vacuumdb", "--all", "--freeze");
    cluster.sql(
        "INSERT INTO t VALUES (-9, ''); BEGIN; INSERT INTO t VALUES (-10, '');"
            + " SAVEPOINT e; INSERT INTO t VALUES (-11, ''); PREPARE TRANSACTION 'left'");
    cluster.stop();
    control = ControlFile.read(cluster.file("global/pg_control"));
    replayLog(start);
  }

  @AfterAll
  static void removeCluster() throws Exception {
    cluster.close();
  }

  private static void replayLog(ControlFile start) throws Exception {
    StockCluster.Wal wal = cluster.wal();
    WalStreamDecoder decoder =
        WalStreamDecoder.startingAt(start.checkPointLsn(), WalLayout.v15(start.systemIdentifier()));
    int from = (int) (start.checkPointLsn() - wal.startLsn());
    decoder.feed(wal.bytes(), from, wal.bytes().length - from);
    CheckPointState state = CheckPointState.of(start.checkPoint());
    beforeLast = start.checkPoint();
    afterLast = beforeLast;
    try {
      while (decoder.next()) {
        keepSample(decoder.record());
        corpus.add(decoder.record(), NO_PAGE, -1, decoder.recordEndLsn());
        replay.begin(decoder.record(), decoder.recordEndLsn());
        RecordEffects.decode(decoder.record(), decoder.recordEndLsn(), replay);
        CheckPoint before = state.toCheckPoint();
        boolean changed = state.apply(decoder.record());
        assertThat(changed || before.equals(state.toCheckPoint())).isTrue();
        if (CheckPointState.isShutdownCheckPoint(decoder.record())) {
          beforeLast = before;
          afterLast = state.toCheckPoint();
        }
      }
    } catch (CorruptDataException e) {
      assertThat(e).hasMessageContaining("record length 0");
    }
    keepWal(wal, start.checkPointLsn());
  }

  /// For longer runs of the fuzzer.
  private static void keepWal(StockCluster.Wal wal, long startLsn) throws Exception {
    String directory = System.getProperty("argon.fuzz.corpus", "");
    if (!directory.isEmpty()) {
      corpus.addWal(wal.bytes(), wal.startLsn(), startLsn, wal.startLsn() + wal.bytes().length);
      corpus.save(Path.of(directory, "effects.corpus"));
    }
  }

  private static void keepSample(WalRecord record) {
    List<byte[]> kept =
        samples.computeIfAbsent(
            record.resourceManager() << 8 | record.info(), _ -> new ArrayList<>());
    if (kept.size() < SAMPLES_PER_KIND) {
      kept.add(
          Arrays.copyOfRange(record.bytes(), record.offset(), record.offset() + record.length()));
    }
  }

  /// Whatever the bytes of a record are: effects or a typed error.
  @Test
  void mutatedRecordsAreNeverMoreThanCorruption() {
    Random random = new Random(20260102);
    EffectSink nowhere = NoEffects.sink();
    WalRecord record = new WalRecord();
    int decoded = 0;
    int refused = 0;
    for (List<byte[]> kind : samples.values()) {
      for (int round = 0; round < 4000; round++) {
        byte[] bytes = kind.get(random.nextInt(kind.size())).clone();
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
          bytes[4 + random.nextInt(Math.min(bytes.length - 4, 150))] = (byte) random.nextInt(256);
        }
        try {
          record.reset(bytes, 0, bytes.length);
          RecordEffects.decode(record, 0x1234, nowhere);
          CheckPointState.of(NONE).apply(record);
          decoded++;
        } catch (CorruptDataException e) {
          refused++;
        }
      }
    }
    assertThat(decoded).isGreaterThan(10_000);
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void everyKindOfEffectOccurred() {
    assertThat(replay.calls.keySet())
        .contains(
            "relationBlock",
            "relationImage",
            "relationChange of fork 1",
            "relationChange of fork 2",
            "relationCreate",
            "relationTruncate of fork 0",
            "relationTruncate of fork 1",
            "relationTruncate of fork 2",
            "relationDrop",
            "databaseDrop",
            "databaseCopy",
            "databaseCreate",
            "relationMap",
            "slruImage of CLOG",
            "slruImage of MULTIXACT_OFFSETS",
            "slruImage of MULTIXACT_MEMBERS",
            "slruChange of CLOG",
            "slruChange of MULTIXACT_OFFSETS",
            "slruChange of MULTIXACT_MEMBERS",
            "slruTruncate of CLOG",
            "twoPhaseCreate",
            "twoPhaseRemove",
            "auxiliaryFile",
            "replicationOrigin");
  }

  @Test
  void slruPagesAreThoseOfTheServer() throws Exception {
    EffectReplay server = EffectReplay.load(cluster.data(), new RedoSettings(false));

    for (Slru slru : Slru.values()) {
      Map<Integer, byte[]> expected = server.slrus.getOrDefault(slru, new TreeMap<>());
      Map<Integer, byte[]> found = replay.slrus.getOrDefault(slru, new TreeMap<>());
      assertThat(found.keySet()).as(slru.toString()).isEqualTo(expected.keySet());
      expected.forEach((page, bytes) ->
          assertThat(found.getOrDefault(page, new byte[0])).as(slru + " " + page).isEqualTo(bytes));
    }
    assertThat(replay.slrus.getOrDefault(Slru.CLOG, new TreeMap<>()).firstKey())
        .isGreaterThanOrEqualTo(FIRST_TRANSACTION / 32768);
  }

  @Test
  void checkPointIsThatOfTheServer() {
    CheckPoint expected = control.checkPoint();

    assertThat(replay.parameters).isEqualTo(control.parameters());
    assertThat(afterLast.withRedo(expected.redo())).isEqualTo(expected);
    assertThat(beforeLast.nextXid()).isBetween(expected.nextXid(), expected.nextXid() + 1023);
    assertThat(beforeLast.nextOid()).isBetween(expected.nextOid(), expected.nextOid() + 8192);
    assertThat(beforeLast.nextMulti()).isEqualTo(expected.nextMulti()).isGreaterThan(2 * 2048);
    assertThat(beforeLast.nextMultiOffset()).isEqualTo(expected.nextMultiOffset());
    assertThat(beforeLast.oldestXid()).isEqualTo(expected.oldestXid());
    assertThat(beforeLast.oldestXidDatabase()).isEqualTo(expected.oldestXidDatabase());
    assertThat(beforeLast.oldestMulti()).isLessThanOrEqualTo(expected.oldestMulti());
  }

  @Test
  void relationMapsAndDatabasesAreThoseOfTheServer() throws Exception {
    EffectReplay server = EffectReplay.load(cluster.data(), new RedoSettings(false));

    assertThat(replay.databases).isEqualTo(server.databases);
    assertThat(replay.relationMaps.keySet()).isEqualTo(server.relationMaps.keySet());
    server.relationMaps.forEach((database, map) ->
        assertThat(replay.relationMaps.getOrDefault(database, new byte[0])).isEqualTo(map));
  }

  @Test
  void preparedTransactionsFileIsThatOfTheServer() throws Exception {
    assertThat(replay.twoPhase).hasSize(1);
    for (Map.Entry<Integer, byte[]> file : replay.twoPhase.entrySet()) {
      Path path = cluster.data().resolve("pg_twophase/%08X".formatted(file.getKey()));
      assertThat(file.getValue()).isEqualTo(Files.readAllBytes(path));
    }
  }

  @Test
  void filesOriginsAndTimesAreTaken() {
    assertThat(replay.auxiliaryFiles).containsOnlyKeys("pg_stat/kept");
    assertThat(replay.origins).containsOnly(Map.entry(1, 0x1_0000_0ABCL));
    long epoch = Instant.parse("2000-01-01T00:00:00Z").getEpochSecond();
    assertThat(replay.commitTimes)
        .allMatch(time -> epoch + time / 1_000_000 >= begun.getEpochSecond() - 1)
        .allMatch(time -> epoch + time / 1_000_000 <= Instant.now().getEpochSecond() + 1)
        .hasSizeGreaterThan(38_000);
  }

  @Test
  void forksHaveTheServersSizesAndMapsItsBits() throws Exception {
    PageStore server = PageStore.load(cluster.data());
    List<String> differences = new ArrayList<>();
    int maps = 0;
    for (Map.Entry<PageStore.ForkKey, List<ByteBuffer>> fork : server.forks.entrySet()) {
      List<ByteBuffer> found = replay.pages.forks.getOrDefault(fork.getKey(), List.of());
      int number = fork.getKey().fork();
      if (number == Fork.FREE_SPACE_MAP
          || (number == Fork.VISIBILITY_MAP && isCopied(fork.getKey()))) {
        continue;
      }
      if (found.size() != fork.getValue().size()) {
        differences.add(fork.getKey() + ": " + found.size() + ", not " + fork.getValue().size());
      } else if (number == Fork.VISIBILITY_MAP) {
        for (int block = 0; block < found.size(); block++) {
          ByteBuffer bits = found.get(block).slice(PageHeader.SIZE, 8192 - PageHeader.SIZE);
          ByteBuffer expected =
              fork.getValue().get(block).slice(PageHeader.SIZE, 8192 - PageHeader.SIZE);
          maps++;
          if (!bits.equals(expected)) {
            differences.add(fork.getKey() + " block " + block + " at " + bits.mismatch(expected));
          }
        }
      }
    }
    for (PageStore.ForkKey key : replay.pages.forks.keySet()) {
      if (!server.forks.containsKey(key) && key.fork() != Fork.FREE_SPACE_MAP) {
        differences.add(key + " is not there any more");
      }
    }
    assertThat(differences).isEmpty();
    assertThat(maps).isGreaterThan(10);
  }

  // A database created block by block has maps the log does not carry: PostgreSQL logs them as
  // pages
  // with a hole, and the map lies in the hole. Redo makes empty ones, as a stock standby has them.
  private static boolean isCopied(PageStore.ForkKey key) {
    return key.relation().dbNode() > 16384
        && key.relation().spcNode() == RelFileNode.DEFAULT_TABLESPACE;
  }
}
