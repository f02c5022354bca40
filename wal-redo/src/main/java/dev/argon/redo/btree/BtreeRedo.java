package dev.argon.redo.btree;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// Redo of the resource manager Btree: `btree_redo` of nbtxlog.c for one block of a record.
public final class BtreeRedo {

  private static final int INSERT_LEAF = 0x00;
  private static final int INSERT_UPPER = 0x10;
  private static final int INSERT_META = 0x20;
  private static final int SPLIT_LEFT = 0x30;
  private static final int SPLIT_RIGHT = 0x40;
  private static final int INSERT_POSTING = 0x50;
  private static final int DEDUPLICATE = 0x60;
  private static final int DELETE = 0x70;
  private static final int UNLINK_PAGE = 0x80;
  private static final int UNLINK_PAGE_META = 0x90;
  private static final int NEW_ROOT = 0xA0;
  private static final int MARK_PAGE_HALF_DEAD = 0xB0;
  private static final int VACUUM = 0xC0;
  private static final int META_CLEANUP = 0xE0;

  private BtreeRedo() {}

  /// Applies the record to the page of one of its blocks.
  ///
  /// @return false if no record of this info changes pages
  public static boolean apply(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    switch (record.info()) {
      case INSERT_LEAF -> BtreeInsertRedo.leaf(page, record, blockIndex);
      case INSERT_UPPER -> BtreeInsertRedo.upper(page, record, blockIndex, false);
      case INSERT_META -> BtreeInsertRedo.upper(page, record, blockIndex, true);
      case INSERT_POSTING -> BtreeInsertRedo.posting(page, record, blockIndex);
      case SPLIT_LEFT -> BtreeSplitRedo.split(page, record, blockIndex, true);
      case SPLIT_RIGHT -> BtreeSplitRedo.split(page, record, blockIndex, false);
      case DEDUPLICATE -> BtreeDeduplicationRedo.deduplicate(page, record, blockIndex);
      case DELETE -> BtreeDeleteRedo.delete(page, record, blockIndex);
      case VACUUM -> BtreeDeleteRedo.vacuum(page, record, blockIndex);
      case MARK_PAGE_HALF_DEAD -> BtreePageDeletionRedo.markHalfDead(page, record, blockIndex);
      case UNLINK_PAGE -> BtreePageDeletionRedo.unlink(page, record, blockIndex, false);
      case UNLINK_PAGE_META -> BtreePageDeletionRedo.unlink(page, record, blockIndex, true);
      case NEW_ROOT -> BtreeRootRedo.newRoot(page, record, blockIndex);
      case META_CLEANUP -> {
        if (record.blockId(blockIndex) != 0) {
          throw RecordBytes.noSuchBlock(record, blockIndex);
        }
        BtreeRootRedo.meta(page, record, blockIndex);
      }
      default -> {
        return false;
      }
    }
    PageHeader.setLsn(page, endLsn);
    return true;
  }
}
