package dev.argon.redo;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.effect.RecordEffects;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Applies every record of a log to a [PageStore] through [Redo] and compares the result with the
/// images that `wal_consistency_checking` put into the records.
final class Replay {

  private static final int CHECK_CONSISTENCY = 0x02;
  private static final int DBASE_CREATE_WAL_LOG = 0x10;
  private static final int MISMATCHES_MAX = 20;

  private static final ByteBuffer NO_PAGE =
      ByteBuffer.allocate(PageStore.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);

  /// Of one resource manager and info.
  static final class Count {
    long records;
    long changed;
    long restored;
    long compared;
    long mismatches;
  }

  /// A block of a record, with the page before it; or a record without blocks, index -1.
  record Step(ByteBuffer page, WalRecord record, int blockIndex, long endLsn) {}

  final Map<Integer, Count> counts = new TreeMap<>();
  final Map<PageStore.ForkKey, Integer> managers = new HashMap<>();
  final List<String> mismatches = new ArrayList<>();

  /// Databases created block by block. PostgreSQL logs the blocks of their visibility maps as
  /// standard pages: the map lies in what it takes for the hole, so it is not in the log.
  final Set<Integer> databasesWithoutMaps = new HashSet<>();

  private final PageStore store;
  private final RedoSettings settings;
  private final Consumer<Step> before;
  private final byte[] image = new byte[PageStore.PAGE_SIZE];
  private final EarlyClears earlyClears = new EarlyClears();

  Replay(PageStore store, RedoSettings settings, Consumer<Step> before) {
    this.store = store;
    this.settings = settings;
    this.before = before;
  }

  void apply(WalRecord record, long endLsn) throws Exception {
    Count count =
        counts.computeIfAbsent(key(record.resourceManager(), record.info()), _ -> new Count());
    count.records++;
    List<Block> blocks = new ArrayList<>();
    RecordEffects.decode(record, endLsn, new StoreSink(store, blocks, endLsn));
    for (Block block : blocks) {
      applyBlock(record, endLsn, block, count);
    }
    earlyClears.observe();
    if (record.blockCount() == 0) {
      before.accept(new Step(NO_PAGE, record, -1, endLsn));
    }
    boolean database = record.resourceManager() == ResourceManager.DBASE;
    if (database && record.info() == DBASE_CREATE_WAL_LOG) {
      databasesWithoutMaps.add(LittleEndian.readInt(record.bytes(), record.mainDataOffset()));
    }
  }

  private void applyBlock(WalRecord record, long endLsn, Block block, Count count)
      throws Exception {
    int i = block.index() >= 0 ? block.index() : indexOf(record, block);
    ByteBuffer page =
        store.page(record.blockRelation(i), record.blockFork(i), record.blockNumber(i));
    before.accept(new Step(page, record, i, endLsn));
    Redo.apply(page, record, i, endLsn, settings);
    if (record.resourceManager() != ResourceManager.XLOG) {
      managers.put(
          new PageStore.ForkKey(record.blockRelation(i), record.blockFork(i)),
          record.resourceManager());
    }
    if (record.blockImageApplies(i)) {
      count.restored++;
      if (block.index() < 0 && !page.equals(ByteBuffer.wrap(block.image()))) {
        mismatches.add("image of " + record + " block " + i + " differs from its effect");
      }
    } else {
      count.changed++;
      compare(page, record, i, endLsn, count);
    }
  }

  private static int indexOf(WalRecord record, Block block) {
    for (int i = 0; i < record.blockCount(); i++) {
      if (record.blockRelation(i).equals(block.relation())
          && record.blockFork(i) == block.fork()
          && record.blockNumber(i) == block.block()) {
        return i;
      }
    }
    throw new AssertionError("no such block in " + record);
  }

  /// A block that a record changes.
  ///
  /// @param index in the record, or -1 if the whole new page is known
  @SuppressWarnings("ArrayRecordComponent")
  record Block(RelFileNode relation, int fork, int block, int index, byte[] image) {}

  static int key(int resourceManager, int info) {
    return resourceManager << 8 | info;
  }

  private void compare(ByteBuffer page, WalRecord record, int i, long endLsn, Count count)
      throws CorruptDataException {
    if ((record.rawInfo() & CHECK_CONSISTENCY) == 0 || !record.blockHasImage(i)) {
      return;
    }
    record.blockImage(i, image);
    ByteBuffer expected = ByteBuffer.wrap(image.clone()).order(ByteOrder.LITTLE_ENDIAN);
    boolean map = record.blockFork(i) == Fork.VISIBILITY_MAP;
    String difference =
        map
            ? earlyClears.compare(
                record.blockRelation(i) + " block " + record.blockNumber(i), page, expected)
            : difference(
                PageStore.copyOf(page),
                expected,
                record.resourceManager(),
                record.blockFork(i),
                record.blockNumber(i));
    count.compared++;
    if (!difference.isEmpty()) {
      count.mismatches++;
      if (mismatches.size() < MISMATCHES_MAX) {
        mismatches.add(
            "%s/%02X ending at %s block %d (id %d) of %s fork %d: %s"
                .formatted(
                    ResourceManager.name(record.resourceManager()),
                    record.info(),
                    Lsn.toString(endLsn),
                    record.blockNumber(i),
                    record.blockId(i),
                    record.blockRelation(i),
                    record.blockFork(i),
                    difference));
      }
    }
  }

  /// Where two pages differ that the same WAL made, or nothing. Stricter than PostgreSQL: a
  /// visibility map's bits count, and whether a heap page is all-visible.
  static String difference(
      ByteBuffer actual, ByteBuffer expected, int resourceManager, int fork, int block)
      throws CorruptDataException {
    boolean heap =
        resourceManager == ResourceManager.HEAP || resourceManager == ResourceManager.HEAP2;
    if (heap && fork == Fork.MAIN) {
      int flags = PageHeader.flags(actual) ^ PageHeader.flags(expected);
      if ((flags & PageHeader.ALL_VISIBLE) != 0) {
        return "all-visible differs";
      }
    }
    if (fork != Fork.VISIBILITY_MAP) {
      Redo.mask(actual, resourceManager, block);
      Redo.mask(expected, resourceManager, block);
    }
    int from = fork == Fork.VISIBILITY_MAP ? PageHeader.SIZE : 0;
    int length = PageStore.PAGE_SIZE - from;
    int at = actual.slice(from, length).mismatch(expected.slice(from, length));
    return at < 0
        ? ""
        : "byte %d is %02X, expected %02X"
            .formatted(from + at, actual.get(from + at), expected.get(from + at));
  }

  /// To be called after the last record.
  void finish() {
    for (String map : earlyClears.neverCleared()) {
      mismatches.add("visibility map " + map + ": an image lacks bits that no record cleared");
    }
  }

  long compared() {
    return counts.values().stream().mapToLong(count -> count.compared).sum();
  }

  long compared(int resourceManager, int info) {
    Count count = counts.get(key(resourceManager, info));
    return count == null ? 0 : count.compared;
  }

  /// Records, blocks and verified images per resource manager and info.
  String table() {
    StringBuilder text = new StringBuilder();
    text.append(
        "| manager | info | records | blocks changed | images restored | compared | wrong |\n");
    counts.forEach((key, count) ->
        text.append(
            "| %s | 0x%02X | %d | %d | %d | %d | %d |\n"
                .formatted(
                    ResourceManager.name(key >> 8),
                    key & 0xFF,
                    count.records,
                    count.changed,
                    count.restored,
                    count.compared,
                    count.mismatches)));
    return text.toString();
  }
}
