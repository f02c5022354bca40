package dev.argon.redo;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.argon.postgres.Fork;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.server.StockCluster;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.redo.fuzz.Corpus;
import dev.argon.redo.fuzz.ShortFuzz;
import dev.argon.redo.load.MixedLoad;
import dev.argon.redo.page.PageHeader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Redo of everything a real server logged under a mixed load, compared with the images its
/// `wal_consistency_checking` put into the log and, at the end, with its files.
class RedoAgainstServerTest {

  /// Of each kind of record and block so many steps are kept for other tests.
  private static final int SAMPLES_PER_KIND = 20;

  private static final Map<String, List<Sample>> samples = new HashMap<>();
  private static final Corpus corpus = new Corpus();
  private static List<Replay> replays = List.of();

  /// A page before a record, and the record.
  @SuppressWarnings("ArrayRecordComponent")
  record Sample(ByteBuffer page, byte[] record, int blockIndex, long endLsn) {}

  @BeforeAll
  static void runBothServers() throws Exception {
    Replay withChecksums;
    try (StockCluster cluster = StockCluster.create("--data-checksums")) {
      withChecksums =
          run(cluster, new RedoSettings(true), "wal_level=logical", "wal_compression=zstd");
    }
    Replay withoutFullPageWrites;
    try (StockCluster cluster = StockCluster.create()) {
      withoutFullPageWrites =
          run(
              cluster,
              new RedoSettings(false),
              "full_page_writes=off",
              "wal_compression=lz4",
              "autovacuum_naptime=1s",
              "autovacuum_vacuum_threshold=20",
              "autovacuum_vacuum_cost_delay=0");
    }
    replays = List.of(withChecksums, withoutFullPageWrites);
  }

  @Test
  void everyRedoneBlockEqualsTheServersImageAndFile() {
    for (Replay replay : replays) {
      assertThat(replay.mismatches).isEmpty();
      assertThat(replay.compared()).isGreaterThan(100_000);
    }
  }

  @Test
  void theLoadMadeEveryKindOfRecord() {
    assertThat(missing()).isEmpty();
  }

  /// Whatever the bytes of a record and a page are: a page or a typed error. The corpus is kept
  /// where `argon.fuzz.corpus` says, for longer runs.
  @Test
  void redoIsTotal() throws Exception {
    String directory = System.getProperty("argon.fuzz.corpus", "");
    if (!directory.isEmpty()) {
      corpus.save(Path.of(directory, "redo.corpus"));
    }

    String result = ShortFuzz.run(corpus, 20260101);

    System.out.println(result);
  }

  @Test
  void redoOfHeapAndBtreeRecordsAllocatesNothing() throws Exception {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    ByteBuffer page = ByteBuffer.allocate(PageStore.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    WalRecord record = new WalRecord();
    RedoSettings settings = new RedoSettings(false);
    long allocated = 0;

    for (List<Sample> kind : samples.values()) {
      for (int i = 0; i < kind.size(); i++) {
        Sample sample = kind.get(i);
        record.reset(sample.record(), 0, sample.record().length);
        page.put(0, sample.page(), 0, PageStore.PAGE_SIZE);
        boolean counts = i > 0 && isHot(record) && !record.blockImageApplies(sample.blockIndex());
        long before = threads.getCurrentThreadAllocatedBytes();
        Redo.apply(page, record, sample.blockIndex(), sample.endLsn(), settings);
        allocated += counts ? threads.getCurrentThreadAllocatedBytes() - before : 0;
      }
    }

    assertThat(allocated).isZero();
  }

  private static boolean isHot(WalRecord record) {
    int manager = record.resourceManager();
    return manager == ResourceManager.HEAP
        || manager == ResourceManager.HEAP2
        || manager == ResourceManager.BTREE;
  }

  private static void sample(Replay.Step step) {
    WalRecord record = step.record();
    corpus.add(record, step.page(), step.blockIndex(), step.endLsn());
    if (step.blockIndex() < 0) {
      return;
    }
    String kind =
        "%d/%02X/%d/%s"
            .formatted(
                record.resourceManager(),
                record.info(),
                record.blockId(step.blockIndex()),
                record.blockImageApplies(step.blockIndex()));
    List<Sample> kept = samples.computeIfAbsent(kind, _ -> new ArrayList<>());
    if (kept.size() < SAMPLES_PER_KIND) {
      byte[] bytes =
          Arrays.copyOfRange(record.bytes(), record.offset(), record.offset() + record.length());
      kept.add(new Sample(PageStore.copyOf(step.page()), bytes, step.blockIndex(), step.endLsn()));
    }
  }

  private static Replay run(StockCluster cluster, RedoSettings settings, String... options)
      throws Exception {
    PageStore store = PageStore.load(cluster.data());
    long startLsn = checkpoint(cluster);
    List<String> all = new ArrayList<>(List.of(options));
    all.add("wal_consistency_checking=all");
    all.add("wal_keep_size=20GB");
    all.add("max_wal_size=20GB");
    all.add("max_prepared_transactions=5");
    cluster.start(all.toArray(String[]::new));
    MixedLoad.run(cluster);
    cluster.stop();
    Replay replay = new Replay(store, settings, RedoAgainstServerTest::sample);
    replayLog(cluster, startLsn, replay);
    replay.finish();
    System.out.println(replay.table());
    replay.mismatches.forEach(System.out::println);
    compareFiles(cluster, store, replay);
    return replay;
  }

  /// Segment by segment: consistency images make it longer than an array can be.
  private static void replayLog(StockCluster cluster, long startLsn, Replay replay)
      throws Exception {
    WalLayout layout = WalLayout.v15(0);
    WalStreamDecoder decoder = WalStreamDecoder.startingAt(startLsn, layout);
    long endLsn = end(cluster);
    while (decoder.boundaryLsn() < endLsn) {
      long fed = decoder.fedLsn();
      byte[] segment =
          cluster.file("pg_wal/" + layout.segmentFileName(1, layout.segmentNumber(fed)));
      int from = layout.segmentOffset(fed);
      int to =
          (int) Math.min(segment.length, endLsn - layout.segmentStart(layout.segmentNumber(fed)));
      decoder.feed(segment, from, to - from);
      long firstEnd = 0;
      while (decoder.next()) {
        firstEnd = firstEnd == 0 ? decoder.recordEndLsn() : firstEnd;
        replay.apply(decoder.record(), decoder.recordEndLsn());
      }
      long start = layout.segmentStart(layout.segmentNumber(fed));
      corpus.addWal(segment, start, firstEnd, start + to);
    }
  }

  /// Every block of every logged relation, under its mask, and its LSN.
  private static void compareFiles(StockCluster cluster, PageStore store, Replay replay)
      throws Exception {
    PageStore files = PageStore.load(cluster.data());
    long pages = 0;
    for (Map.Entry<PageStore.ForkKey, List<ByteBuffer>> fork : files.forks.entrySet()) {
      RelFileNode relation = fork.getKey().relation();
      int kind = fork.getKey().fork();
      boolean unlogged = files.forks.containsKey(new PageStore.ForkKey(relation, Fork.INIT));
      if (kind == Fork.FREE_SPACE_MAP || (unlogged && kind != Fork.INIT)) {
        continue;
      }
      for (int block = 0; block < fork.getValue().size(); block++) {
        ByteBuffer actual = PageStore.copyOf(store.page(relation, kind, block));
        compareBlock(actual, fork.getValue().get(block), fork.getKey(), block, replay);
        pages++;
      }
      int blocks = store.forks.getOrDefault(fork.getKey(), List.of()).size();
      if (blocks > fork.getValue().size()) {
        replay.mismatches.add(fork.getKey() + " has " + blocks + " blocks, the file fewer");
      }
    }
    System.out.println("compared " + pages + " blocks of the stopped server's files");
  }

  private static void compareBlock(
      ByteBuffer actual, ByteBuffer expected, PageStore.ForkKey key, int block, Replay replay)
      throws Exception {
    String where = "file of %s fork %d block %d: ".formatted(key.relation(), key.fork(), block);
    boolean emptyMap = key.fork() == Fork.VISIBILITY_MAP && PageHeader.isNew(actual);
    // A page may have been extended and initialised without anything ever put there.
    boolean unused =
        PageHeader.isNew(actual)
            && PageHeader.lsn(expected) == 0
            && PageHeader.lower(expected) <= PageHeader.SIZE;
    if (unused && !emptyMap) {
      return;
    }
    int manager = manager(expected, key, replay);
    String difference;
    boolean cache = manager == ResourceManager.SPGIST && block == 0;
    if (manager == ResourceManager.SEQ || cache) {
      // Values up to the logged one are handed out without WAL; so is what SP-GiST remembers of
      // free pages on its meta page.
      difference = PageHeader.special(actual) == PageHeader.special(expected) ? "" : "no sequence";
    } else {
      difference = "";
      if (PageHeader.lsn(actual) != PageHeader.lsn(expected) && !emptyMap) {
        difference =
            "LSN %s, expected %s; "
                .formatted(
                    Lsn.toString(PageHeader.lsn(actual)), Lsn.toString(PageHeader.lsn(expected)));
      }
      if (!PageHeader.isNew(actual) && PageHeader.isNew(expected)) {
        difference += "file has zeros";
      } else {
        if (key.fork() == Fork.VISIBILITY_MAP
            && replay.databasesWithoutMaps.contains(key.relation().dbNode())) {
          keepCommonBits(actual, expected);
        }
        difference += Replay.difference(actual, expected, manager, key.fork(), block);
      }
    }
    if (!difference.isEmpty() && replay.mismatches.size() < 40) {
      replay.mismatches.add(where + difference);
    }
  }

  /// Bits that only the file has are no difference.
  private static void keepCommonBits(ByteBuffer actual, ByteBuffer expected) {
    for (int i = PageHeader.SIZE; i < PageStore.PAGE_SIZE; i++) {
      expected.put(i, (byte) (expected.get(i) & actual.get(i)));
    }
  }

  /// Whose mask fits: the last one that changed the relation, or by the special space.
  private static int manager(ByteBuffer page, PageStore.ForkKey key, Replay replay) {
    Integer known = replay.managers.get(key);
    if (known != null) {
      return known;
    }
    int special = PageStore.PAGE_SIZE - PageHeader.special(page);
    return special == 0 ? ResourceManager.HEAP : ResourceManager.BTREE;
  }

  /// Kinds of records the load is there for and did not make.
  private static List<String> missing() {
    List<String> missing = new ArrayList<>();
    requireInfos(missing, ResourceManager.HEAP, 0x00, 0x80, 0x10, 0x20, 0xA0, 0x40);
    requireInfos(missing, ResourceManager.HEAP, 0x50, 0x60, 0x70);
    requireInfos(missing, ResourceManager.HEAP2, 0x10, 0x20, 0x30, 0x40, 0x50, 0xD0, 0x60);
    requireInfos(missing, ResourceManager.BTREE, 0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60);
    requireInfos(missing, ResourceManager.BTREE, 0x70, 0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xE0);
    requireInfos(missing, ResourceManager.SEQ, 0x00);
    requireInfos(missing, ResourceManager.HASH, 0x00, 0x10, 0x20, 0x30, 0x40, 0x60, 0x70);
    requireInfos(missing, ResourceManager.HASH, 0x80, 0x90, 0xA0, 0xB0, 0xC0);
    requireInfos(missing, ResourceManager.GIN, 0x10, 0x20, 0x50, 0x60, 0x70, 0x80);
    requireInfos(missing, ResourceManager.GIN, 0x90);
    requireInfos(missing, ResourceManager.GIST, 0x00, 0x10, 0x30, 0x60);
    requireInfos(missing, ResourceManager.SPGIST, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60);
    requireInfos(missing, ResourceManager.SPGIST, 0x70, 0x80);
    requireInfos(missing, ResourceManager.BRIN, 0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x90);
    requireInfos(missing, ResourceManager.GENERIC, 0x00);
    return missing;
  }

  private static void requireInfos(List<String> missing, int manager, int... infos) {
    for (int info : infos) {
      if (replays.stream().noneMatch(replay -> replay.compared(manager, info) > 0)) {
        missing.add("%s/%02X".formatted(ResourceManager.name(manager), info));
      }
    }
  }

  private static long checkpoint(StockCluster cluster) throws Exception {
    return control(cluster, "Latest checkpoint location");
  }

  /// The end of the shutdown checkpoint: its record is 24 + 2 + 88 bytes, aligned.
  private static long end(StockCluster cluster) throws Exception {
    return checkpoint(cluster) + 120;
  }

  private static long control(StockCluster cluster, String field) throws Exception {
    String answer = cluster.program("pg_controldata", cluster.data().toString());
    Matcher matcher = Pattern.compile(Pattern.quote(field) + ": +([0-9A-F/]+)").matcher(answer);
    assertThat(matcher.find()).as(answer).isTrue();
    return Lsn.parse(matcher.group(1)).value();
  }
}
