package dev.argon.redo.effect;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.heap.VisibilityMap;
import dev.argon.redo.page.RecordBytes;

/// The visibility map bits that heap records clear without referring to the map (heapam.c: each
/// redo function calls `visibilitymap_clear` before it looks at the heap page).
final class HeapEffects {

  // XLOG_HEAP_* and XLOG_HEAP2_* (heapam_xlog.h).
  private static final int OPERATION_MASK = 0x70;
  private static final int INSERT = 0x00;
  private static final int DELETE = 0x10;
  private static final int UPDATE = 0x20;
  private static final int TRUNCATE = 0x30;
  private static final int HOT_UPDATE = 0x40;
  private static final int CONFIRM = 0x50;
  private static final int LOCK = 0x60;
  private static final int INPLACE = 0x70;
  private static final int REWRITE_2 = 0x00;
  private static final int PRUNE_2 = 0x10;
  private static final int VACUUM_2 = 0x20;
  private static final int FREEZE_PAGE_2 = 0x30;
  private static final int VISIBLE_2 = 0x40;
  private static final int MULTI_INSERT_2 = 0x50;
  private static final int LOCK_UPDATED_2 = 0x60;
  private static final int NEW_CID_2 = 0x70;

  // Where `flags` stands in the main data of each kind.
  private static final int INSERT_FLAGS = 2;
  private static final int MULTI_INSERT_FLAGS = 0;
  private static final int DELETE_FLAGS = 7;
  private static final int UPDATE_FLAGS = 7;
  private static final int LOCK_FLAGS = 7;

  /// `XLH_*_ALL_VISIBLE_CLEARED`, `XLH_UPDATE_OLD_ALL_VISIBLE_CLEARED`,
  /// `XLH_LOCK_ALL_FROZEN_CLEARED`: bit 0 everywhere.
  private static final int CLEARED = 1;

  private static final int NEW_CLEARED = 2;

  private HeapEffects() {}

  static void decode(WalRecord record, EffectSink sink) throws CorruptDataException {
    int operation = record.info() & OPERATION_MASK;
    if (record.resourceManager() == ResourceManager.HEAP2) {
      switch (operation) {
        case MULTI_INSERT_2 -> clear(record, MULTI_INSERT_FLAGS, VisibilityMap.VALID_BITS, sink);
        case LOCK_UPDATED_2 -> clear(record, LOCK_FLAGS, VisibilityMap.ALL_FROZEN, sink);
        case REWRITE_2, PRUNE_2, VACUUM_2, FREEZE_PAGE_2, VISIBLE_2, NEW_CID_2 -> {
          // Nothing but block references, or nothing that outlives the server.
        }
        default -> throw RecordEffects.unknown(record);
      }
      return;
    }
    switch (operation) {
      case INSERT -> clear(record, INSERT_FLAGS, VisibilityMap.VALID_BITS, sink);
      case DELETE -> clear(record, DELETE_FLAGS, VisibilityMap.VALID_BITS, sink);
      case UPDATE, HOT_UPDATE -> clearForUpdate(record, sink);
      case LOCK -> clear(record, LOCK_FLAGS, VisibilityMap.ALL_FROZEN, sink);
      case TRUNCATE, CONFIRM, INPLACE -> {
        // Nothing but block references.
      }
      default -> throw RecordEffects.unknown(record);
    }
  }

  private static int flags(WalRecord record, int offset) throws CorruptDataException {
    return record.bytes()[RecordBytes.mainData(record, offset + 1) + offset];
  }

  private static int reference(WalRecord record, int blockId) throws CorruptDataException {
    int index = record.blockIndexOf(blockId);
    if (index < 0) {
      throw new CorruptDataException("WAL record " + record + " has no block " + blockId);
    }
    return index;
  }

  private static void clear(WalRecord record, int flagsOffset, int bits, EffectSink sink)
      throws CorruptDataException {
    if ((flags(record, flagsOffset) & CLEARED) != 0) {
      int index = reference(record, 0);
      clear(record.blockRelation(index), bits, sink, record.blockNumber(index));
    }
  }

  private static void clearForUpdate(WalRecord record, EffectSink sink)
      throws CorruptDataException {
    int flags = flags(record, UPDATE_FLAGS) & (CLEARED | NEW_CLEARED);
    if (flags == 0) {
      return;
    }
    int newIndex = reference(record, 0);
    int oldIndex = record.blockIndexOf(1);
    RelFileNode relation = record.blockRelation(newIndex);
    int newBlock = record.blockNumber(newIndex);
    int oldBlock = oldIndex < 0 ? newBlock : record.blockNumber(oldIndex);
    boolean onePage = VisibilityMap.mapBlock(oldBlock) == VisibilityMap.mapBlock(newBlock);
    if (flags == (CLEARED | NEW_CLEARED) && onePage && oldBlock != newBlock) {
      // One change per page: two values of one page at one LSN could not be told apart.
      clear(relation, VisibilityMap.VALID_BITS, sink, oldBlock, newBlock);
      return;
    }
    if ((flags & CLEARED) != 0) {
      clear(relation, VisibilityMap.VALID_BITS, sink, oldBlock);
    }
    if ((flags & NEW_CLEARED) != 0 && (flags != (CLEARED | NEW_CLEARED) || oldBlock != newBlock)) {
      clear(relation, VisibilityMap.VALID_BITS, sink, newBlock);
    }
  }

  // All blocks on one page of the map.
  private static void clear(RelFileNode relation, int bits, EffectSink sink, int... blocks) {
    sink.relationChange(
        relation,
        Fork.VISIBILITY_MAP,
        VisibilityMap.mapBlock(blocks[0]),
        new PageChange.VisibilityClear(bits, blocks).encode());
  }
}
