package dev.argon.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.server.StockCluster;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// WAL of a real server, compared with what `pg_waldump` says about it.
class RealWalTest {

  private static final List<String> COMPRESSIONS = List.of("off", "pglz", "lz4", "zstd");
  private static final Pattern LINE =
      Pattern.compile(
          "rmgr: (\\w+) +len \\(rec/tot\\): +\\d+/ *(\\d+), tx: +(\\d+), lsn: ([0-9A-F/]+), "
              + "prev ([0-9A-F/]+), desc: .*");
  private static final Pattern REFERENCE =
      Pattern.compile("blkref #(\\d+): rel (\\d+/\\d+/\\d+)( fork \\w+)? blk (\\d+)( FPW)?");

  private static StockCluster cluster;
  private static StockCluster.Wal wal;
  private static List<String> expected;
  private static final List<Index> indexes = new ArrayList<>();

  @SuppressWarnings("ArrayRecordComponent")
  private record Index(RelFileNode node, int imageBits, byte[] file) {}

  @BeforeAll
  static void makeWal() throws Exception {
    cluster = StockCluster.create();
    cluster.start("wal_keep_size=1GB", "max_prepared_transactions=5", "autovacuum=off");
    cluster.client("pgbench", "-i", "-q", "-s", "1", "postgres");
    StringBuilder script = new StringBuilder();
    for (String compression : COMPRESSIONS) {
      script.append(
          """
          SET wal_compression = %1$s;
          CREATE TABLE t_%1$s AS SELECT g AS id, md5(g::text) AS text FROM generate_series(1, 3000) g;
          CREATE INDEX i_%1$s ON t_%1$s (text);
          CHECKPOINT;
          UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid %% 50 = 0;
          SELECT pg_switch_wal();
          """
              .formatted(compression));
    }
    script.append("SELECT pg_logical_emit_message(true, 'long', repeat('x', 17000000));\n");
    script.append("SELECT pg_logical_emit_message(false, 'a', '') FROM generate_series(1, 900);\n");
    cluster.sql(script.toString());
    cluster.client("pgbench", "-n", "-t", "50", "-c", "2", "postgres");
    Map<String, String> paths = new LinkedHashMap<>();
    for (String compression : COMPRESSIONS) {
      paths.put(compression, cluster.sql("SELECT pg_relation_filepath('i_" + compression + "')"));
    }
    cluster.stop();
    for (Map.Entry<String, String> path : paths.entrySet()) {
      indexes.add(index(path.getKey(), path.getValue()));
    }
    wal = cluster.wal();
    expected =
        parse(cluster.program("pg_waldump", "-p", cluster.data() + "/pg_wal", "-s", "0/1000028"));
    assertThat(expected).hasSizeGreaterThan(10_000);
  }

  @AfterAll
  static void removeCluster() throws Exception {
    cluster.close();
  }

  private static Index index(String compression, String path) throws IOException {
    String[] parts = path.split("/", -1);
    int bits =
        switch (compression) {
          case "pglz" -> WalRecord.IMAGE_COMPRESS_PGLZ;
          case "lz4" -> WalRecord.IMAGE_COMPRESS_LZ4;
          case "zstd" -> WalRecord.IMAGE_COMPRESS_ZSTD;
          default -> 0;
        };
    RelFileNode node =
        new RelFileNode(
            RelFileNode.DEFAULT_TABLESPACE, Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    return new Index(node, bits, cluster.file(path));
  }

  private static List<String> parse(String dump) {
    List<String> lines = new ArrayList<>();
    for (String line : dump.split("\n", -1)) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        continue;
      }
      StringBuilder text = new StringBuilder();
      for (int group = 1; group <= 5; group++) {
        String part = matcher.group(group);
        text.append(group >= 4 ? Lsn.parse(part).toString() : part).append(' ');
      }
      Matcher reference = REFERENCE.matcher(line);
      while (reference.find()) {
        text.append(
            "#%s %s%s %s%s "
                .formatted(
                    reference.group(1),
                    reference.group(2),
                    reference.group(3) == null ? "" : reference.group(3),
                    reference.group(4),
                    reference.group(5) == null ? "" : " FPW"));
      }
      lines.add(text.toString());
    }
    return lines;
  }

  private static String describe(WalStreamDecoder decoder) {
    WalRecord record = decoder.record();
    StringBuilder text = new StringBuilder();
    text.append(ResourceManager.name(record.resourceManager())).append(' ');
    text.append(record.length()).append(' ');
    text.append(Integer.toUnsignedString(record.transactionId())).append(' ');
    text.append(Lsn.toString(decoder.recordStartLsn())).append(' ');
    text.append(Lsn.toString(record.prevLsn())).append(' ');
    for (int i = 0; i < record.blockCount(); i++) {
      String fork = List.of("", " fork fsm", " fork vm", " fork init").get(record.blockFork(i));
      text.append(
          String.format(
              Locale.ROOT,
              "#%d %s%s %d%s ",
              record.blockId(i),
              record.blockRelation(i),
              fork,
              record.blockNumber(i),
              record.blockHasImage(i) ? " FPW" : ""));
    }
    return text.toString();
  }

  // Goes to the end of the log, where zeros follow.
  private static List<String> describeAll(WalStreamDecoder decoder, int from, Random pieces)
      throws CorruptDataException {
    List<String> found = new ArrayList<>();
    int position = from;
    try {
      while (position < wal.bytes().length) {
        int piece = pieces.nextInt(10) == 0 ? pieces.nextInt(200_000) : pieces.nextInt(300);
        piece = Math.min(piece, wal.bytes().length - position);
        decoder.feed(wal.bytes(), position, piece);
        position += piece;
        while (decoder.next()) {
          assertThat(decoder.recordEndLsn()).isLessThanOrEqualTo(decoder.fedLsn());
          found.add(describe(decoder));
        }
      }
    } catch (CorruptDataException e) {
      assertThat(e).hasMessageContaining("record length 0");
    }
    return found;
  }

  @Test
  void recordsAreThoseOfPgWaldumpInPiecesOfAnySize() throws Exception {
    for (int seed = 0; seed < 4; seed++) {
      WalStreamDecoder decoder =
          WalStreamDecoder.startingAt(wal.startLsn(), WalLayout.v15(systemIdentifier()));

      List<String> found = describeAll(decoder, 0, new Random(seed));

      assertThat(found).hasSameSizeAs(expected);
      for (int i = 0; i < found.size(); i++) {
        assertThat(found.get(i)).isEqualTo(expected.get(i));
      }
    }
  }

  private static long systemIdentifier() {
    return WalPageHeader.systemIdentifier(wal.bytes(), 0);
  }

  @Test
  void decodingStartsAtAnyRecordEnd() throws Exception {
    WalLayout layout = WalLayout.v15(0);
    List<Long> ends = new ArrayList<>();
    WalStreamDecoder all = WalStreamDecoder.startingAt(wal.startLsn(), layout);
    all.feed(wal.bytes(), 0, WalLayout.DEFAULT_SEGMENT_SIZE);
    while (all.next()) {
      ends.add(all.recordEndLsn());
    }

    assertThat(ends).anyMatch(lsn -> WalLayout.pageOffset(lsn) == 0);
    for (long lsn : ends) {
      int offset = (int) (lsn - wal.startLsn());
      WalStreamDecoder decoder = WalStreamDecoder.startingAt(lsn, layout);
      decoder.feed(wal.bytes(), offset, Math.min(20_000, wal.bytes().length - offset));
      if (decoder.next()) {
        assertThat(decoder.recordStartLsn()).isEqualTo(layout.firstRecordLsn(lsn));
      }
    }
  }

  @Test
  void firstRecordIsFoundFromEveryPage() throws Exception {
    WalLayout layout = WalLayout.v15(systemIdentifier());
    int checked = 0;
    for (int page = 0; page < 600; page++) {
      long lsn = wal.startLsn() + (long) page * WalLayout.PAGE_SIZE;
      WalStreamDecoder decoder = WalStreamDecoder.findingFirstRecordFrom(lsn, layout);
      decoder.feed(wal.bytes(), page * WalLayout.PAGE_SIZE, 400_000);
      assertThat(decoder.next()).isTrue();
      String description = describe(decoder);
      assertThat(expected).contains(description);
      checked++;
    }
    assertThat(checked).isEqualTo(600);
  }

  @Test
  void imagesOfEveryCompressionAreTheIndexPagesOnDisk() throws Exception {
    WalStreamDecoder decoder = WalStreamDecoder.startingAt(wal.startLsn(), WalLayout.v15(0));
    Map<RelFileNode, Map<Integer, byte[]>> images = new HashMap<>();
    Map<RelFileNode, Integer> infos = new HashMap<>();
    decoder.feed(wal.bytes());
    while (nextUnlessEnd(decoder)) {
      WalRecord record = decoder.record();
      for (int i = 0; i < record.blockCount(); i++) {
        RelFileNode relation = record.blockRelation(i);
        if (record.blockHasImage(i)
            && indexes.stream().anyMatch(index -> index.node().equals(relation))) {
          byte[] page = new byte[WalRecord.PAGE_SIZE];
          record.blockImage(i, page);
          images
              .computeIfAbsent(record.blockRelation(i), _ -> new HashMap<>())
              .put(record.blockNumber(i), page);
          infos.merge(record.blockRelation(i), record.blockImageInfo(i), (a, b) -> a | b);
        }
      }
    }

    int compressed =
        WalRecord.IMAGE_COMPRESS_PGLZ
            | WalRecord.IMAGE_COMPRESS_LZ4
            | WalRecord.IMAGE_COMPRESS_ZSTD;
    for (Index index : indexes) {
      assertThat(infos.getOrDefault(index.node(), 0) & compressed).isEqualTo(index.imageBits());
      Map<Integer, byte[]> pages = images.getOrDefault(index.node(), Map.of());
      assertThat(pages).hasSize(index.file().length / WalRecord.PAGE_SIZE);
      for (Map.Entry<Integer, byte[]> page : pages.entrySet()) {
        int from = page.getKey() * WalRecord.PAGE_SIZE;
        byte[] onDisk = Arrays.copyOfRange(index.file(), from, from + WalRecord.PAGE_SIZE);
        // The hole is not in the log, and the LSN is set after the image was taken.
        int lower = LittleEndian.unsignedShort(onDisk, 12);
        int upper = LittleEndian.unsignedShort(onDisk, 14);
        Arrays.fill(onDisk, lower, upper, (byte) 0);
        LittleEndian.writeLong(onDisk, 0, LittleEndian.readLong(page.getValue(), 0));
        assertThat(page.getValue()).as(index.node() + " " + page.getKey()).isEqualTo(onDisk);
      }
    }
  }

  private static boolean nextUnlessEnd(WalStreamDecoder decoder) {
    try {
      return decoder.next();
    } catch (CorruptDataException e) {
      assertThat(e).hasMessageContaining("record length 0");
      return false;
    }
  }

  @Test
  void decodingAllocatesNothingPerRecord() throws Exception {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    WalStreamDecoder decoder = WalStreamDecoder.startingAt(wal.startLsn(), WalLayout.v15(0));
    int piece = 128 * 1024;
    long records = 0;
    long before = 0;
    // The first half fills the buffers.
    for (int position = 0; position < WalLayout.DEFAULT_SEGMENT_SIZE / 2; position += piece) {
      if (position == WalLayout.DEFAULT_SEGMENT_SIZE / 4) {
        before = threads.getCurrentThreadAllocatedBytes();
        records = 0;
      }
      decoder.feed(wal.bytes(), position, piece);
      while (decoder.next()) {
        records++;
      }
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(records).isGreaterThan(1000);
    assertThat(allocated).isLessThan(records);
  }

  @Test
  void flippedBitsAreCorruptionOrLeaveOnlyGoodRecords() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      byte[] bytes = Arrays.copyOf(wal.bytes(), 300_000);
      int flips = 1 + random.nextInt(3);
      for (int flip = 0; flip < flips; flip++) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      WalStreamDecoder decoder = WalStreamDecoder.startingAt(wal.startLsn(), WalLayout.v15(0));
      List<String> found = new ArrayList<>();
      try {
        decoder.feed(bytes);
        while (decoder.next()) {
          found.add(describe(decoder));
        }
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageContaining("WAL");
      }
      assertThat(expected.subList(0, found.size())).isEqualTo(found);
    }
  }

  @Test
  void garbageWithARightLengthIsNeverMoreThanCorruption() {
    Random random = new Random(11);
    byte[] target = new byte[WalRecord.PAGE_SIZE];
    WalRecord record = new WalRecord();
    int decoded = 0;
    List<byte[]> models = modelRecords(200);
    for (int round = 0; round < 100_000; round++) {
      byte[] bytes = models.get(random.nextInt(models.size())).clone();
      int flips = 1 + random.nextInt(6);
      for (int flip = 0; flip < flips; flip++) {
        int at = 4 + random.nextInt(Math.min(bytes.length - 4, 80));
        bytes[at] = (byte) random.nextInt(256);
      }
      try {
        record.reset(bytes, 0, bytes.length);
        decoded++;
        for (int i = 0; i < record.blockCount(); i++) {
          assertThat(record.blockDataOffset(i) + record.blockDataLength(i))
              .isLessThanOrEqualTo(bytes.length);
          if (record.blockHasImage(i)) {
            record.blockImage(i, target);
          }
        }
        assertThat(record.mainDataOffset() + record.mainDataLength()).isEqualTo(bytes.length);
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageContaining("WAL record");
      }
    }
    assertThat(decoded).isGreaterThan(100);
  }

  private static List<byte[]> modelRecords(int count) {
    List<byte[]> models = new ArrayList<>();
    WalStreamDecoder decoder = WalStreamDecoder.startingAt(wal.startLsn(), WalLayout.v15(0));
    decoder.feed(wal.bytes());
    int seen = 0;
    while (models.size() < count && nextUnlessEnd(decoder)) {
      WalRecord record = decoder.record();
      if (seen++ % 97 == 0 && record.length() < 20_000) {
        models.add(
            Arrays.copyOfRange(record.bytes(), record.offset(), record.offset() + record.length()));
      }
    }
    return models;
  }
}
