package dev.argon.redo;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.brin.BrinMask;
import dev.argon.redo.brin.BrinRedo;
import dev.argon.redo.btree.BtreeMask;
import dev.argon.redo.btree.BtreeRedo;
import dev.argon.redo.generic.GenericMask;
import dev.argon.redo.generic.GenericRedo;
import dev.argon.redo.gin.GinMask;
import dev.argon.redo.gin.GinRedo;
import dev.argon.redo.gist.GistMask;
import dev.argon.redo.gist.GistRedo;
import dev.argon.redo.hash.HashMask;
import dev.argon.redo.hash.HashRedo;
import dev.argon.redo.heap.Heap2Redo;
import dev.argon.redo.heap.HeapMask;
import dev.argon.redo.heap.HeapRedo;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.RedoScratch;
import dev.argon.redo.sequence.SequenceMask;
import dev.argon.redo.sequence.SequenceRedo;
import dev.argon.redo.spgist.SpgistMask;
import dev.argon.redo.spgist.SpgistRedo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Redo of one WAL record for one of the blocks it refers to, as PostgreSQL 15 does it.
///
/// Static and free of state but for scratch memory per thread: any thread may call it for pages of
/// its own. No allocation per record, except where a full-page image is compressed.
public final class Redo {

  // XLOG records with blocks (pg_control.h).
  private static final int XLOG_FPI_FOR_HINT = 0xA0;
  private static final int XLOG_FPI = 0xB0;

  private Redo() {}

  /// Makes `page` what it is after redo of `record`: the record's image if it is to be applied,
  /// else the change that the record's redo function makes to this block. The page's LSN becomes
  /// `endLsn` wherever PostgreSQL sets it.
  ///
  /// The caller hands records in order and none that the page has already; the LSN on the page is
  /// not looked at. A block that does not exist yet is a page of zeros. The checksum is not set.
  ///
  /// @param page 8192 bytes at index 0, little-endian, writable; undefined after an exception
  /// @param blockIndex position in the record's list of references (not the block id)
  /// @param endLsn where the record ends
  /// @throws UnsupportedRecordException if there is no redo for this record and block
  /// @throws CorruptDataException if record and page do not fit each other, or one of them is
  ///   broken
  /// @throws IllegalArgumentException if the buffer is no page's (a bug of the caller)
  public static void apply(
      ByteBuffer page, WalRecord record, int blockIndex, long endLsn, RedoSettings settings)
      throws UnsupportedRecordException, CorruptDataException {
    if (page.limit() < PageHeader.PAGE_SIZE || page.order() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalArgumentException("page buffer " + page + ", " + page.order());
    }
    boolean supported;
    try {
      if (record.blockImageApplies(blockIndex)) {
        supported = record.resourceManager() <= ResourceManager.LOGICALMSG;
        if (supported) {
          restoreImage(page, record, blockIndex, endLsn);
        }
      } else {
        supported = change(page, record, blockIndex, endLsn, settings);
      }
    } catch (CorruptDataException e) {
      throw new CorruptDataException(
          "redo of " + where(record, blockIndex, endLsn) + ": " + e.getMessage(), e);
    }
    if (!supported) {
      throw new UnsupportedRecordException(
          record.resourceManager(), record.info(), where(record, blockIndex, endLsn));
    }
  }

  private static boolean change(
      ByteBuffer page, WalRecord record, int blockIndex, long endLsn, RedoSettings settings)
      throws CorruptDataException {
    return switch (record.resourceManager()) {
      case ResourceManager.XLOG -> hasNoChange(record);
      case ResourceManager.HEAP -> HeapRedo.apply(page, record, blockIndex, endLsn);
      case ResourceManager.HEAP2 ->
          Heap2Redo.apply(page, record, blockIndex, endLsn, settings.hintBitsLogged());
      case ResourceManager.BTREE -> BtreeRedo.apply(page, record, blockIndex, endLsn);
      case ResourceManager.HASH -> HashRedo.apply(page, record, blockIndex, endLsn);
      case ResourceManager.GIN -> GinRedo.apply(page, record, blockIndex, endLsn);
      case ResourceManager.GIST -> GistRedo.apply(page, record, blockIndex, endLsn);
      case ResourceManager.SEQ -> SequenceRedo.apply(page, record, blockIndex, endLsn);
      case ResourceManager.SPGIST -> SpgistRedo.apply(page, record, blockIndex, endLsn);
      case ResourceManager.BRIN -> BrinRedo.apply(page, record, blockIndex, endLsn);
      case ResourceManager.GENERIC -> {
        GenericRedo.apply(page, record, blockIndex, endLsn);
        yield true;
      }
      default -> false;
    };
  }

  /// An image for a hint bit is left out when full-page writes are off: then there is nothing to
  /// do. A plain full-page image is never left out.
  private static boolean hasNoChange(WalRecord record) throws CorruptDataException {
    if (record.info() == XLOG_FPI) {
      throw new CorruptDataException("full-page image without an image to apply");
    }
    return record.info() == XLOG_FPI_FOR_HINT;
  }

  private static void restoreImage(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    if (record.blockWillInit(blockIndex)) {
      throw new CorruptDataException("block is initialised and has an image to apply");
    }
    byte[] image = RedoScratch.current().bytes();
    record.blockImage(blockIndex, image);
    page.put(0, image, 0, PageHeader.PAGE_SIZE);
    // An LSN on a page that was never initialised would corrupt it.
    if (!PageHeader.isNew(page)) {
      PageHeader.setLsn(page, endLsn);
    }
    // Two access methods go on changing some pages after restoring their images.
    if (record.resourceManager() == ResourceManager.HASH) {
      HashRedo.applyAfterImage(page, record, blockIndex);
    } else if (record.resourceManager() == ResourceManager.GIST) {
      GistRedo.applyAfterImage(page, record, blockIndex, endLsn);
    }
  }

  /// Masks what two pages that the same WAL made may differ in, as the resource manager's `rm_mask`
  /// does before PostgreSQL compares them.
  ///
  /// @param block the page's number in its fork
  /// @return false if the resource manager has no mask here; the page is unchanged
  public static boolean mask(ByteBuffer page, int resourceManager, int block)
      throws CorruptDataException {
    switch (resourceManager) {
      case ResourceManager.HEAP, ResourceManager.HEAP2 -> HeapMask.apply(page, block);
      case ResourceManager.BTREE -> BtreeMask.apply(page);
      case ResourceManager.HASH -> HashMask.apply(page);
      case ResourceManager.GIN -> GinMask.apply(page);
      case ResourceManager.GIST -> GistMask.apply(page);
      case ResourceManager.SEQ -> SequenceMask.apply(page);
      case ResourceManager.SPGIST -> SpgistMask.apply(page);
      case ResourceManager.BRIN -> BrinMask.apply(page);
      case ResourceManager.GENERIC -> GenericMask.apply(page);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static String where(WalRecord record, int blockIndex, long endLsn) {
    return "%s/%02X ending at %s for block %s of %s fork %d"
        .formatted(
            ResourceManager.name(record.resourceManager()),
            record.info(),
            Lsn.toString(endLsn),
            Integer.toUnsignedString(record.blockNumber(blockIndex)),
            record.blockRelation(blockIndex),
            record.blockFork(blockIndex));
  }
}
