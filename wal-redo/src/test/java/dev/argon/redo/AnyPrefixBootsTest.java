package dev.argon.redo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.server.StockCluster;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.redo.effect.CheckPointState;
import dev.argon.redo.effect.RecordEffects;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A server that starts from what a replay of the first records of a log has built, wherever the
/// log is cut, is as sound as one that recovered from a crash there.
class AnyPrefixBootsTest {

  private static final int PLACES = 6;

  private static final String LOAD =
      """
      CREATE EXTENSION amcheck;
      CREATE EXTENSION pg_visibility;
      CREATE TABLE parent (id int PRIMARY KEY);
      INSERT INTO parent SELECT generate_series(1, 50);
      CREATE TABLE child (id serial PRIMARY KEY, parent int REFERENCES parent);
      """;

  // Foreign keys make multixacts when several clients refer to one row.
  private static final String SCRIPT =
      """
      \\set aid random(1, 5000)
      BEGIN;
      INSERT INTO child (parent) SELECT 1 + (random() * 5)::int;
      UPDATE pgbench_branches SET bbalance = bbalance + 1;
      UPDATE pgbench_tellers SET tbalance = tbalance + 1 WHERE tid = 3;
      SAVEPOINT a;
      UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = :aid;
      RELEASE a;
      INSERT INTO pgbench_history (tid, bid, aid, delta) VALUES (3, 1, 1, 1);
      COMMIT;
      DELETE FROM child WHERE id % 7 = 0;
      """;

  private static final String CHECK =
      """
      SELECT count(*) FROM pgbench_history
        WHERE (SELECT sum(abalance) FROM pgbench_accounts) <> (SELECT sum(delta) FROM pgbench_history)
          OR (SELECT sum(tbalance) FROM pgbench_tellers) <> (SELECT sum(delta) FROM pgbench_history)
          OR (SELECT sum(bbalance) FROM pgbench_branches) <> (SELECT sum(delta) FROM pgbench_history);
      SELECT count(*) FROM child WHERE parent NOT IN (SELECT id FROM parent);
      SELECT count(*) FROM pg_class, pg_check_visible(oid) WHERE relkind IN ('r', 't', 'm');
      SELECT count(*) FROM pg_class, pg_check_frozen(oid) WHERE relkind IN ('r', 't', 'm');
      """;

  @Test
  void serverIsSoundWhereverTheLogIsCut() throws Exception {
    try (StockCluster source = StockCluster.create();
        StockCluster target = StockCluster.create()) {
      ControlFile base = ControlFile.read(source.file("global/pg_control"));
      EffectReplay replay = EffectReplay.load(source.data(), new RedoSettings(false));
      long loaded = runLoad(source);
      List<Long> ends = recordEnds(source, base, loaded);
      Set<Long> places = new HashSet<>();
      Random random = new Random(42);
      while (places.size() < PLACES - 1) {
        places.add(ends.get(random.nextInt(ends.size())));
      }
      places.add(ends.getLast());

      int checked = replayAndBoot(source, target, base, replay, places);

      assertThat(checked).isEqualTo(PLACES);
    }
  }

  // Answers the LSN from which on the tables are there.
  private static long runLoad(StockCluster source) throws Exception {
    source.start("full_page_writes=off", "wal_keep_size=1GB", "synchronous_commit=off");
    source.client("pgbench", "-i", "-q", "-s", "1", "postgres");
    source.sql(LOAD);
    long loaded = Lsn.parse(source.sql("SELECT pg_current_wal_insert_lsn()")).value();
    source.replaceFile("script.sql", SCRIPT.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    String script = source.data().resolve("script.sql").toString();
    source.client("pgbench", "-n", "-c", "4", "-t", "150", "-f", script, "postgres");
    source.sql("VACUUM FREEZE; CHECKPOINT");
    source.client("pgbench", "-n", "-c", "4", "-t", "150", "-f", script, "postgres");
    source.stop();
    return loaded;
  }

  private static WalStreamDecoder decoder(StockCluster.Wal wal, ControlFile base) {
    long start = base.checkPointLsn();
    WalStreamDecoder decoder =
        WalStreamDecoder.startingAt(start, WalLayout.v15(base.systemIdentifier()));
    int from = (int) (start - wal.startLsn());
    decoder.feed(wal.bytes(), from, wal.bytes().length - from);
    return decoder;
  }

  private static List<Long> recordEnds(StockCluster source, ControlFile base, long from)
      throws Exception {
    List<Long> ends = new ArrayList<>();
    WalStreamDecoder decoder = decoder(source.wal(), base);
    try {
      while (decoder.next()) {
        if (decoder.recordEndLsn() >= from) {
          ends.add(decoder.recordEndLsn());
        }
      }
    } catch (CorruptDataException e) {
      assertThat(e).hasMessageContaining("record length 0");
    }
    assertThat(ends).hasSizeGreaterThan(5000);
    return ends;
  }

  private static int replayAndBoot(
      StockCluster source,
      StockCluster target,
      ControlFile base,
      EffectReplay replay,
      Set<Long> places)
      throws Exception {
    WalStreamDecoder decoder = decoder(source.wal(), base);
    CheckPointState state = CheckPointState.of(base.checkPoint());
    int checked = 0;
    while (checked < places.size() && decoder.next()) {
      long endLsn = decoder.recordEndLsn();
      replay.begin(decoder.record(), endLsn);
      RecordEffects.decode(decoder.record(), endLsn, replay);
      state.apply(decoder.record());
      if (places.contains(endLsn)) {
        DataDirectory.write(
            target, replay, base, state.toCheckPoint(), endLsn, decoder.recordStartLsn());
        boot(target, endLsn);
        checked++;
      }
    }
    return checked;
  }

  private static void boot(StockCluster target, long lsn) throws Exception {
    target.start();
    String faults = target.sql(CHECK);
    String amcheck = target.client("pg_amcheck", "--heapallindexed", "postgres");
    target.sql(
        "INSERT INTO child (parent) SELECT 1 FROM generate_series(1, 100);"
            + " DELETE FROM child WHERE id % 3 = 0; VACUUM FREEZE; CREATE TABLE later (id int)");
    String later = target.sql(CHECK);
    target.stop();

    assertThat(faults).as("at " + Lsn.toString(lsn)).isEqualTo("0\n0\n0\n0");
    assertThat(amcheck).as("at " + Lsn.toString(lsn)).isEmpty();
    assertThat(later).isEqualTo("0\n0\n0\n0");
  }
}
