package dev.argon.redo.spgist;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_SPGIST_PICKSPLIT` (`spgxlogPickSplit`, spgxlog.h), a list of leaf tuples becomes an inner
/// tuple.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 1 | the root is split |
/// | 2 | 2 | deleted from the source |
/// | 4 | 2 | inserted on source and target |
/// | 6 | 1 | source is made anew |
/// | 7 | 1 | target is made anew |
/// | 8 | 2 | item of the inner tuple |
/// | 10 | 1 | inner page is made anew |
/// | 11 | 1 | nulls |
/// | 12 | 1 | inner page is the parent too |
/// | 14 | 2 | parent's item |
/// | 16 | 2 | parent's node |
/// | 20 | 4 | transaction |
/// | 24 | 1 | build |
/// | 28 | | deleted items u16, inserted items u16, per inserted item 1 if on the target, inner tuple, leaf tuples |
///
/// Block 0 is the source, block 1 the target, block 2 the inner page, block 3 the parent.
final class SpgistPickSplitRedo {

  private static final int SIZE = 28;

  private SpgistPickSplitRedo() {}

  static void pickSplit(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, SIZE);
    int deletes = LittleEndian.unsignedShort(bytes, main + 2);
    int inserts = LittleEndian.unsignedShort(bytes, main + 4);
    int lists = SIZE + 2 * deletes + 3 * inserts;
    RecordBytes.mainData(record, lists);
    int inner = main + lists;
    int end = main + record.mainDataLength();
    int innerSize = SpgistPage.innerSize(bytes, inner, end - inner);
    int innerIndex = record.blockIndexOf(2);
    if (innerIndex < 0) {
      throw new CorruptDataException("split without an inner page");
    }
    int innerBlock = record.blockNumber(innerIndex);
    int innerItem = LittleEndian.unsignedShort(bytes, main + 8);
    int leafFlags = SpgistRedo.leafFlags(bytes[main + 11]);
    switch (record.blockId(blockIndex)) {
      case 0 -> {
        if (bytes[main] != 0) {
          throw RecordBytes.noSuchBlock(record, blockIndex);
        }
        boolean init = bytes[main + 6] != 0;
        SpgistPage.prepare(page, record, blockIndex, init, leafFlags);
        if (!init) {
          deleteFromSource(page, bytes, main, deletes, innerBlock, innerItem);
        }
        insertLeafs(page, bytes, main, end, inner + innerSize, 0);
      }
      case 1 -> {
        SpgistPage.prepare(page, record, blockIndex, bytes[main + 7] != 0, leafFlags);
        insertLeafs(page, bytes, main, end, inner + innerSize, 1);
      }
      case 2 -> {
        SpgistPage.prepare(
            page, record, blockIndex, bytes[main + 10] != 0, leafFlags & ~SpgistPage.LEAF);
        SpgistPage.put(page, innerItem, bytes, inner, innerSize);
        if (bytes[main + 12] != 0) {
          linkParent(page, bytes, main, innerBlock, innerItem);
        }
      }
      case 3 -> {
        SpgistPage.require(page, record, blockIndex);
        linkParent(page, bytes, main, innerBlock, innerItem);
      }
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  private static void deleteFromSource(
      ByteBuffer page, byte[] bytes, int main, int deletes, int innerBlock, int innerItem)
      throws CorruptDataException {
    boolean build = bytes[main + 24] != 0;
    SpgistPage.deleteAll(
        page,
        bytes,
        main + SIZE,
        deletes,
        build ? SpgistPage.PLACEHOLDER : SpgistPage.REDIRECT,
        SpgistPage.PLACEHOLDER,
        LittleEndian.readInt(bytes, main + 20),
        innerBlock,
        innerItem);
  }

  /// Inserts those leaf tuples that go to this page: 0 the source, 1 the target.
  private static void insertLeafs(
      ByteBuffer page, byte[] bytes, int main, int end, int firstTuple, int which)
      throws CorruptDataException {
    int inserts = LittleEndian.unsignedShort(bytes, main + 4);
    int items = main + SIZE + 2 * LittleEndian.unsignedShort(bytes, main + 2);
    int selected = items + 2 * inserts;
    int tuple = firstTuple;
    for (int i = 0; i < inserts; i++) {
      int size = SpgistPage.leafSize(bytes, tuple, end - tuple);
      if ((bytes[selected + i] != 0 ? 1 : 0) == which) {
        int item = LittleEndian.unsignedShort(bytes, items + 2 * i);
        SpgistPage.put(page, item, bytes, tuple, size);
      }
      tuple += size;
    }
  }

  private static void linkParent(
      ByteBuffer page, byte[] bytes, int main, int innerBlock, int innerItem)
      throws CorruptDataException {
    SpgistPage.setNodeLink(
        page,
        LittleEndian.unsignedShort(bytes, main + 14),
        LittleEndian.unsignedShort(bytes, main + 16),
        innerBlock,
        innerItem);
  }
}
