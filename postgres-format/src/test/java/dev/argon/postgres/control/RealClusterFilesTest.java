package dev.argon.postgres.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.page.HeapTupleHeader;
import dev.argon.postgres.page.ItemId;
import dev.argon.postgres.page.Page;
import dev.argon.postgres.page.PageChecksum;
import dev.argon.postgres.relmap.RelationMap;
import dev.argon.postgres.server.StockCluster;
import dev.argon.postgres.slru.CommitLog;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Files of a cluster that initdb made and a server wrote, with data checksums.
class RealClusterFilesTest {

  private static StockCluster cluster;
  private static String pageInspectHeader = "";
  private static String pageInspectTuple = "";
  private static String tablePath = "";
  private static int[] transactions = {};

  @BeforeAll
  static void makeCluster() throws Exception {
    cluster = StockCluster.create("--data-checksums");
    cluster.start("max_connections=33", "wal_level=logical", "autovacuum=off");
    cluster.sql(
        """
        CREATE EXTENSION pageinspect;
        CREATE TABLE t (id int, text text);
        INSERT INTO t SELECT g, repeat('x', g % 100) FROM generate_series(1, 5000) g;
        UPDATE t SET text = 'changed' WHERE id = 1;
        VACUUM FULL pg_class;
        """);
    int committed = Integer.parseInt(cluster.sql("SELECT txid_current()"));
    int aborted = Integer.parseInt(cluster.sql("BEGIN; SELECT txid_current(); ROLLBACK"));
    transactions = new int[] {committed, aborted};
    cluster.sql("CHECKPOINT");
    pageInspectHeader = cluster.sql("SELECT * FROM page_header(get_raw_page('t', 0))");
    pageInspectTuple =
        cluster.sql(
            "SELECT lp_off, lp_flags, lp_len, t_xmin, t_xmax, t_ctid, t_infomask2, t_infomask,"
                + " t_hoff FROM heap_page_items(get_raw_page('t', 0)) WHERE lp = 1");
    tablePath = cluster.sql("SELECT pg_relation_filepath('t')");
    cluster.stop();
  }

  @AfterAll
  static void removeCluster() throws Exception {
    cluster.close();
  }

  @Test
  void controlFileIsWhatPgControldataSays() throws Exception {
    String expected = cluster.program("pg_controldata", "-D", cluster.data().toString());
    ControlFile file = ControlFile.read(cluster.file("global/pg_control"));
    CheckPoint checkPoint = file.checkPoint();

    assertThat(file.state()).isEqualTo(DatabaseState.SHUT_DOWN);
    assertThat(expected)
        .contains("identifier:           " + file.systemIdentifier())
        .contains("Catalog version number:               " + file.catalogVersion())
        .contains("checkpoint location:           " + Lsn.toString(file.checkPointLsn()))
        .contains("REDO location:    " + Lsn.toString(checkPoint.redo()))
        .contains("NextXID:          0:" + checkPoint.nextXid())
        .contains("NextOID:          " + checkPoint.nextOid())
        .contains("NextMultiXactId:  " + checkPoint.nextMulti())
        .contains("NextMultiOffset:  " + checkPoint.nextMultiOffset())
        .contains("oldestXID:        " + checkPoint.oldestXid())
        .contains("oldestXID's DB:   " + checkPoint.oldestXidDatabase())
        .contains("oldestActiveXID:  " + checkPoint.oldestActiveXid())
        .contains("oldestMultiXid:   " + checkPoint.oldestMulti())
        .contains("oldestMulti's DB: " + checkPoint.oldestMultiDatabase())
        .contains("full_page_writes: " + (checkPoint.fullPageWrites() ? "on" : "off"))
        .contains("max_connections setting:              33")
        .contains("wal_level setting:                    logical")
        .contains("Data page checksum version:           " + file.dataChecksumVersion())
        .contains("Bytes per WAL segment:                " + file.walSegmentSize());
    assertThat(file.parameters().maxConnections()).isEqualTo(33);
    assertThat(file.parameters().walLevel()).isEqualTo(2);
    assertThat(file.toFile()).isEqualTo(cluster.file("global/pg_control"));
  }

  @Test
  void changedControlFileIsReadByPgControldata() throws Exception {
    byte[] original = cluster.file("global/pg_control");
    ControlFile file = ControlFile.read(original);
    CheckPoint checkPoint = file.checkPoint().asShutdownAt(0x1234_5678_9ABCDEF0L, 77);

    cluster.replaceFile(
        "global/pg_control",
        file.shutDownAt(0x1234_5678_9ABCDEF0L, checkPoint, 1_700_000_000L)
            .withParameters(new ServerParameters(1, true, 7, 8, 9, 10, 11, true))
            .toFile());
    String answer = cluster.program("pg_controldata", "-D", cluster.data().toString());
    cluster.replaceFile("global/pg_control", original);

    assertThat(answer)
        .doesNotContain("WARNING")
        .contains("checkpoint location:           12345678/9ABCDEF0")
        .contains("REDO location:    12345678/9ABCDEF0")
        .contains("wal_log_hints setting:                on")
        .contains("max_connections setting:              7")
        .contains("max_worker_processes setting:         8")
        .contains("max_wal_senders setting:              9")
        .contains("max_prepared_xacts setting:           10")
        .contains("max_locks_per_xact setting:           11")
        .contains("track_commit_timestamp setting:       on");
  }

  @Test
  void everyFlippedBitOfControlFileIsFound() throws Exception {
    byte[] file = cluster.file("global/pg_control");
    for (int bit = 0; bit < (ControlFile.STRUCT_SIZE - 4) * 8; bit++) {
      byte[] damaged = file.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThatThrownBy(() -> ControlFile.read(damaged)).isInstanceOf(CorruptDataException.class);
    }
    assertThatThrownBy(() -> ControlFile.read(new byte[10]))
        .isInstanceOf(CorruptDataException.class);
  }

  @Test
  void relationMapsAreReadAndWrittenAlike() throws Exception {
    byte[] shared = cluster.file("global/pg_filenode.map");
    byte[] local = cluster.file("base/5/pg_filenode.map");

    assertThat(RelationMap.read(shared).toBytes()).isEqualTo(shared);
    assertThat(RelationMap.read(local).toBytes()).isEqualTo(local);
    // pg_class was rewritten, so its file is no longer named by its object id.
    assertThat(RelationMap.read(local).fileNumber(1259).orElseThrow()).isGreaterThan(16384);
    assertThat(
            cluster
                .data()
                .resolve("base/5/" + RelationMap.read(local).fileNumber(1259).orElseThrow()))
        .exists();
    Random random = new Random(3);
    for (int round = 0; round < 2000; round++) {
      byte[] damaged = local.clone();
      damaged[random.nextInt(508)] ^= (byte) (1 << random.nextInt(8));
      assertThatThrownBy(() -> RelationMap.read(damaged)).isInstanceOf(CorruptDataException.class);
    }
  }

  private static byte[] firstPage() throws IOException {
    return Arrays.copyOf(cluster.file(tablePath), Page.SIZE);
  }

  @Test
  void pageChecksumsAreThoseOfTheServer() throws Exception {
    byte[] file = cluster.file(tablePath);
    for (int block = 0; block < file.length / Page.SIZE; block++) {
      byte[] page = Arrays.copyOfRange(file, block * Page.SIZE, (block + 1) * Page.SIZE);
      assertThat(PageChecksum.compute(page, block)).isEqualTo(Page.checksum(page));
      Page.checkHeader(page);
    }
  }

  @Test
  void pageHeaderIsWhatPageinspectSays() throws Exception {
    byte[] page = firstPage();
    String header =
        "%s|%d|%d|%d|%d|%d|8192|4|%d"
            .formatted(
                Lsn.toString(Page.lsn(page)),
                (short) Page.checksum(page),
                Page.flags(page),
                Page.lower(page),
                Page.upper(page),
                Page.special(page),
                Page.pruneXid(page));
    // Taken while the page was in shared buffers, where checksums are not kept up to date.
    assertThat(header.replaceFirst("\\|-?\\d+\\|", "|*|"))
        .isEqualTo(pageInspectHeader.replaceFirst("\\|-?\\d+\\|", "|*|"));

    int itemId = Page.itemId(page, 1);
    int tuple = ItemId.offset(itemId);
    String item =
        "%d|%d|%d|%d|%d|(%d,%d)|%d|%d|%d"
            .formatted(
                tuple,
                ItemId.state(itemId),
                ItemId.length(itemId),
                HeapTupleHeader.xmin(page, tuple),
                HeapTupleHeader.xmax(page, tuple),
                HeapTupleHeader.ctidBlock(page, tuple),
                HeapTupleHeader.ctidOffsetNumber(page, tuple),
                HeapTupleHeader.infomask2(page, tuple),
                HeapTupleHeader.infomask(page, tuple),
                HeapTupleHeader.hoff(page, tuple));
    assertThat(item).isEqualTo(pageInspectTuple);
    assertThat(ItemId.of(tuple, ItemId.state(itemId), ItemId.length(itemId))).isEqualTo(itemId);
    assertThat(Page.itemCount(page)).isGreaterThan(50);
  }

  @Test
  void transactionStatesAreInTheCommitLog() throws Exception {
    byte[] segment = cluster.file("pg_xact/0000");

    assertThat(CommitLog.state(segment, transactions[0])).isEqualTo(CommitLog.COMMITTED);
    assertThat(CommitLog.state(segment, transactions[1])).isEqualTo(CommitLog.ABORTED);
    assertThat(CommitLog.state(segment, transactions[1] + 1)).isEqualTo(CommitLog.IN_PROGRESS);
  }
}
