package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;
import java.nio.ByteBuffer;

/// Redo of the resource manager Heap2: `heap2_redo` of heapam.c for one block of a record.
public final class Heap2Redo {

  private static final int PRUNE = 0x10;
  private static final int VACUUM = 0x20;
  private static final int FREEZE_PAGE = 0x30;
  private static final int VISIBLE = 0x40;
  private static final int MULTI_INSERT = 0x50;
  private static final int LOCK_UPDATED = 0x60;

  private Heap2Redo() {}

  /// Applies the record to the page of one of its blocks.
  ///
  /// @param hintBitsLogged whether setting `PD_ALL_VISIBLE` moves the heap page's LSN
  /// @return false if no record of this info changes pages
  public static boolean apply(
      ByteBuffer page, WalRecord record, int blockIndex, long endLsn, boolean hintBitsLogged)
      throws CorruptDataException {
    switch (record.info() & HeapRedo.OPERATION_MASK) {
      case PRUNE -> HeapPruneRedo.prune(page, record, blockIndex, endLsn);
      case VACUUM -> HeapPruneRedo.vacuum(page, record, blockIndex, endLsn);
      case FREEZE_PAGE -> HeapFreezeRedo.freeze(page, record, blockIndex, endLsn);
      case VISIBLE -> HeapVisibleRedo.visible(page, record, blockIndex, endLsn, hintBitsLogged);
      case MULTI_INSERT -> HeapInsertRedo.multiInsert(page, record, blockIndex, endLsn);
      case LOCK_UPDATED -> HeapLockRedo.lockUpdated(page, record, blockIndex, endLsn);
      default -> {
        return false;
      }
    }
    return true;
  }
}
