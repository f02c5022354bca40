package dev.argon.redo;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.heap.VisibilityMap;
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
  private static final int SMGR_TRUNCATE = 0x20;
  private static final int DBASE_CREATE_FILE_COPY = 0x00;
  private static final int DBASE_CREATE_WAL_LOG = 0x10;
  private static final int DBASE_DROP = 0x20;
  private static final int MISMATCHES_MAX = 20;

  /// Of one resource manager and info.
  static final class Count {
    long records;
    long changed;
    long restored;
    long compared;
    long mismatches;
  }

  /// A block of a record, with the page before it.
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

  Replay(PageStore store, RedoSettings settings, Consumer<Step> before) {
    this.store = store;
    this.settings = settings;
    this.before = before;
  }

  void apply(WalRecord record, long endLsn) throws Exception {
    Count count =
        counts.computeIfAbsent(key(record.resourceManager(), record.info()), _ -> new Count());
    count.records++;
    clearVisibility(record);
    for (int i = 0; i < record.blockCount(); i++) {
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
      } else {
        count.changed++;
        compare(page, record, i, endLsn, count);
      }
    }
    if (record.resourceManager() == ResourceManager.SMGR && record.info() == SMGR_TRUNCATE) {
      truncate(record);
    }
    if (record.resourceManager() == ResourceManager.DBASE) {
      database(record);
    }
  }

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
    String difference =
        difference(
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

  // What these records clear in the visibility map without referring to it (heapam_xlog.h).
  private void clearVisibility(WalRecord record) {
    int main = record.mainDataOffset();
    byte[] bytes = record.bytes();
    int operation = record.info() & 0x70;
    if (record.resourceManager() == ResourceManager.HEAP) {
      switch (operation) {
        case 0x00 -> clear(record, 0, bytes[main + 2] & 1, VisibilityMap.VALID_BITS);
        case 0x10 -> clear(record, 0, bytes[main + 7] & 1, VisibilityMap.VALID_BITS);
        case 0x20, 0x40 -> {
          int old = record.blockIndexOf(1) < 0 ? 0 : 1;
          clear(record, old, bytes[main + 7] & 1, VisibilityMap.VALID_BITS);
          clear(record, 0, bytes[main + 7] & 2, VisibilityMap.VALID_BITS);
        }
        case 0x60 -> clear(record, 0, bytes[main + 7] & 1, VisibilityMap.ALL_FROZEN);
        default -> {}
      }
    } else if (record.resourceManager() == ResourceManager.HEAP2) {
      switch (operation) {
        case 0x50 -> clear(record, 0, bytes[main] & 1, VisibilityMap.VALID_BITS);
        case 0x60 -> clear(record, 0, bytes[main + 7] & 1, VisibilityMap.ALL_FROZEN);
        default -> {}
      }
    }
  }

  private void clear(WalRecord record, int blockId, int flag, int bits) {
    int i = record.blockIndexOf(blockId);
    int block = record.blockNumber(i);
    RelFileNode relation = record.blockRelation(i);
    int map = VisibilityMap.mapBlock(block);
    if (flag != 0 && store.exists(relation, Fork.VISIBILITY_MAP, map)) {
      ByteBuffer page = store.page(relation, Fork.VISIBILITY_MAP, map);
      int at = VisibilityMap.position(block);
      page.put(at, (byte) (page.get(at) & ~(bits << VisibilityMap.shift(block))));
    }
  }

  private void truncate(WalRecord record) {
    byte[] bytes = record.bytes();
    int main = record.mainDataOffset();
    int blocks = LittleEndian.readInt(bytes, main);
    RelFileNode relation =
        new RelFileNode(
            LittleEndian.readInt(bytes, main + 4),
            LittleEndian.readInt(bytes, main + 8),
            LittleEndian.readInt(bytes, main + 12));
    int flags = LittleEndian.readInt(bytes, main + 16);
    if ((flags & 1) != 0) {
      store.truncate(relation, Fork.MAIN, blocks);
    }
    if ((flags & 2) != 0) {
      int map = VisibilityMap.mapBlock(blocks);
      int position = VisibilityMap.position(blocks);
      boolean partial = position > PageHeader.SIZE || VisibilityMap.shift(blocks) > 0;
      if (partial && store.exists(relation, Fork.VISIBILITY_MAP, map)) {
        ByteBuffer page = store.page(relation, Fork.VISIBILITY_MAP, map);
        page.put(position, (byte) (page.get(position) & (1 << VisibilityMap.shift(blocks)) - 1));
        PageHeader.zero(page, position + 1, PageStore.PAGE_SIZE - position - 1);
      }
      store.truncate(relation, Fork.VISIBILITY_MAP, partial ? map + 1 : map);
    }
  }

  private void database(WalRecord record) {
    byte[] bytes = record.bytes();
    int main = record.mainDataOffset();
    if (record.info() == DBASE_CREATE_FILE_COPY) {
      store.copyDatabase(
          LittleEndian.readInt(bytes, main + 12),
          LittleEndian.readInt(bytes, main + 8),
          LittleEndian.readInt(bytes, main + 4),
          LittleEndian.readInt(bytes, main));
    } else if (record.info() == DBASE_CREATE_WAL_LOG) {
      databasesWithoutMaps.add(LittleEndian.readInt(bytes, main));
    } else if (record.info() == DBASE_DROP) {
      store.dropDatabase(LittleEndian.readInt(bytes, main + 8), LittleEndian.readInt(bytes, main));
    }
  }

  long compared() {
    return counts.values().stream().mapToLong(count -> count.compared).sum();
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
