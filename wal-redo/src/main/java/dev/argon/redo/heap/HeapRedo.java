package dev.argon.redo.heap;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;
import java.nio.ByteBuffer;

/// Redo of the resource manager Heap: `heap_redo` of heapam.c for one block of a record.
public final class HeapRedo {

  /// `XLOG_HEAP_OPMASK`.
  static final int OPERATION_MASK = 0x70;

  /// `XLOG_HEAP_INIT_PAGE`: the record's tuples are the only ones on the page.
  static final int INIT_PAGE = 0x80;

  private static final int INSERT = 0x00;
  private static final int DELETE = 0x10;
  private static final int UPDATE = 0x20;
  private static final int HOT_UPDATE = 0x40;
  private static final int CONFIRM = 0x50;
  private static final int LOCK = 0x60;
  private static final int INPLACE = 0x70;

  private HeapRedo() {}

  /// Applies the record to the page of one of its blocks.
  ///
  /// @return false if no record of this info changes pages
  public static boolean apply(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    switch (record.info() & OPERATION_MASK) {
      case INSERT -> HeapInsertRedo.insert(page, record, blockIndex, endLsn);
      case DELETE -> HeapDeleteRedo.delete(page, record, blockIndex, endLsn);
      case UPDATE -> HeapUpdateRedo.update(page, record, blockIndex, endLsn, false);
      case HOT_UPDATE -> HeapUpdateRedo.update(page, record, blockIndex, endLsn, true);
      case CONFIRM -> HeapInplaceRedo.confirm(page, record, blockIndex, endLsn);
      case LOCK -> HeapLockRedo.lock(page, record, blockIndex, endLsn);
      case INPLACE -> HeapInplaceRedo.inplace(page, record, blockIndex, endLsn);
      default -> {
        return false;
      }
    }
    return true;
  }
}
