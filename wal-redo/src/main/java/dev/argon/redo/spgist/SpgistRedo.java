package dev.argon.redo.spgist;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// Redo of the resource manager SPGist: `spg_redo` of spgxlog.c for one block of a record.
public final class SpgistRedo {

  private static final int ADD_LEAF = 0x10;
  private static final int MOVE_LEAFS = 0x20;
  private static final int ADD_NODE = 0x30;
  private static final int SPLIT_TUPLE = 0x40;
  private static final int PICK_SPLIT = 0x50;
  private static final int VACUUM_LEAF = 0x60;
  private static final int VACUUM_ROOT = 0x70;
  private static final int VACUUM_REDIRECT = 0x80;

  private static final int ADD_LEAF_SIZE = 10;
  private static final int MOVE_LEAFS_SIZE = 20;

  private SpgistRedo() {}

  /// Applies the record to the page of one of its blocks.
  ///
  /// @return false if no record of this info changes pages
  public static boolean apply(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    switch (record.info()) {
      case ADD_LEAF -> addLeaf(page, record, blockIndex);
      case MOVE_LEAFS -> moveLeafs(page, record, blockIndex);
      case ADD_NODE -> SpgistInnerRedo.addNode(page, record, blockIndex);
      case SPLIT_TUPLE -> SpgistInnerRedo.splitTuple(page, record, blockIndex);
      case PICK_SPLIT -> SpgistPickSplitRedo.pickSplit(page, record, blockIndex);
      case VACUUM_LEAF -> SpgistVacuumRedo.leaf(page, record, blockIndex);
      case VACUUM_ROOT -> SpgistVacuumRedo.root(page, record, blockIndex);
      case VACUUM_REDIRECT -> SpgistVacuumRedo.redirect(page, record, blockIndex);
      default -> {
        return false;
      }
    }
    PageHeader.setLsn(page, endLsn);
    return true;
  }

  /// `spgxlogAddLeaf`: new page u8, nulls u8, item u16, head of its chain u16, parent's item u16,
  /// node u16, the tuple. Block 0 is the leaf page, block 1 the parent.
  private static void addLeaf(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, ADD_LEAF_SIZE);
    int item = LittleEndian.unsignedShort(bytes, main + 2);
    int head = LittleEndian.unsignedShort(bytes, main + 4);
    int parent = LittleEndian.unsignedShort(bytes, main + 6);
    int leafIndex = record.blockIndexOf(0);
    if (blockIndex == leafIndex) {
      SpgistPage.prepare(page, record, blockIndex, bytes[main] != 0, leafFlags(bytes[main + 1]));
      int tuple = main + ADD_LEAF_SIZE;
      int size = SpgistPage.leafSize(bytes, tuple, record.mainDataLength() - ADD_LEAF_SIZE);
      if (item != head) {
        SpgistPage.put(page, item, bytes, tuple, size);
        if (head != 0) {
          SpgistPage.setNext(page, head, item);
        }
      } else {
        SpgistPage.replace(page, item, bytes, tuple, size);
      }
    } else if (record.blockId(blockIndex) == 1 && parent != 0 && leafIndex >= 0) {
      SpgistPage.require(page, record, blockIndex);
      SpgistPage.setNodeLink(
          page,
          parent,
          LittleEndian.unsignedShort(bytes, main + 8),
          record.blockNumber(leafIndex),
          item);
    } else {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  static int leafFlags(byte storesNulls) {
    return storesNulls != 0 ? SpgistPage.LEAF | SpgistPage.NULLS : SpgistPage.LEAF;
  }

  /// `spgxlogMoveLeafs`: moves u16, new page u8, replaces dead u8, nulls u8, padding, parent's item
  /// u16, node u16, padding, transaction u32, build u8, padding, deleted items u16, inserted items
  /// u16, leaf tuples. Block 0 is the source, block 1 the target, block 2 the parent.
  private static void moveLeafs(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, MOVE_LEAFS_SIZE);
    int moves = LittleEndian.unsignedShort(bytes, main);
    int inserts = bytes[main + 3] != 0 ? 1 : moves + 1;
    int fixed = MOVE_LEAFS_SIZE + 2 * (moves + inserts);
    RecordBytes.mainData(record, fixed);
    int toDelete = main + MOVE_LEAFS_SIZE;
    int toInsert = toDelete + 2 * moves;
    int last = LittleEndian.unsignedShort(bytes, toInsert + 2 * (inserts - 1));
    int targetIndex = record.blockIndexOf(1);
    if (targetIndex < 0) {
      throw new CorruptDataException("move without a target page");
    }
    int target = record.blockNumber(targetIndex);
    switch (record.blockId(blockIndex)) {
      case 0 -> {
        SpgistPage.require(page, record, blockIndex);
        SpgistPage.deleteAll(
            page,
            bytes,
            toDelete,
            moves,
            bytes[main + 16] != 0 ? SpgistPage.PLACEHOLDER : SpgistPage.REDIRECT,
            SpgistPage.PLACEHOLDER,
            LittleEndian.readInt(bytes, main + 12),
            target,
            last);
      }
      case 1 -> {
        SpgistPage.prepare(
            page, record, blockIndex, bytes[main + 2] != 0, leafFlags(bytes[main + 4]));
        int tuple = main + fixed;
        int end = main + record.mainDataLength();
        for (int i = 0; i < inserts; i++) {
          int size = SpgistPage.leafSize(bytes, tuple, end - tuple);
          int item = LittleEndian.unsignedShort(bytes, toInsert + 2 * i);
          SpgistPage.put(page, item, bytes, tuple, size);
          tuple += size;
        }
      }
      case 2 -> {
        SpgistPage.require(page, record, blockIndex);
        SpgistPage.setNodeLink(
            page,
            LittleEndian.unsignedShort(bytes, main + 6),
            LittleEndian.unsignedShort(bytes, main + 8),
            target,
            last);
      }
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }
}
