package dev.argon.redo.spgist;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.IndexItems;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// Changes of inner tuples (spgxlog.h).
///
/// `spgxlogAddNode`: item u16, new item u16, new page u8, which block is the parent i8, parent's
/// item u16, node u16, padding, transaction u32, build u8, padding, the tuple. Block 0 is the old
/// page, block 1 the new one if it is another, block 2 the parent if it is none of them.
///
/// `spgxlogSplitTuple`: prefix item u16, postfix item u16, new page u8, same page u8, prefix tuple,
/// postfix tuple. Block 0 is the prefix's page, block 1 the postfix's if it is another.
final class SpgistInnerRedo {

  private static final int ADD_NODE_SIZE = 20;
  private static final int SPLIT_SIZE = 6;

  private SpgistInnerRedo() {}

  static void addNode(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, ADD_NODE_SIZE);
    int item = LittleEndian.unsignedShort(bytes, main);
    int newItem = LittleEndian.unsignedShort(bytes, main + 2);
    int tuple = main + ADD_NODE_SIZE;
    int size = SpgistPage.innerSize(bytes, tuple, record.mainDataLength() - ADD_NODE_SIZE);
    int id = record.blockId(blockIndex);
    int newIndex = record.blockIndexOf(1);
    if (newIndex < 0) {
      if (id != 0) {
        throw RecordBytes.noSuchBlock(record, blockIndex);
      }
      SpgistPage.require(page, record, blockIndex);
      SpgistPage.replace(page, item, bytes, tuple, size);
      return;
    }
    int newBlock = record.blockNumber(newIndex);
    switch (id) {
      case 0 -> {
        SpgistPage.require(page, record, blockIndex);
        leaveDead(page, bytes, main, item, newBlock, newItem);
      }
      case 1 -> {
        SpgistPage.prepare(page, record, blockIndex, bytes[main + 4] != 0, 0);
        SpgistPage.put(page, newItem, bytes, tuple, size);
      }
      case 2 -> SpgistPage.require(page, record, blockIndex);
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    if (bytes[main + 5] == id) {
      SpgistPage.setNodeLink(
          page,
          LittleEndian.unsignedShort(bytes, main + 6),
          LittleEndian.unsignedShort(bytes, main + 8),
          newBlock,
          newItem);
    } else if (id == 2) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  /// The old tuple becomes a redirection, or while the index is built a placeholder.
  private static void leaveDead(
      ByteBuffer page, byte[] bytes, int main, int item, int newBlock, int newItem)
      throws CorruptDataException {
    boolean build = bytes[main + 16] != 0;
    IndexItems.delete(page, item);
    SpgistPage.insertDead(
        page,
        item,
        build ? SpgistPage.PLACEHOLDER : SpgistPage.REDIRECT,
        LittleEndian.readInt(bytes, main + 12),
        newBlock,
        newItem);
    if (build) {
      SpgistPage.addPlaceholders(page, 1);
    } else {
      SpgistPage.addRedirections(page, 1);
    }
  }

  static void splitTuple(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, SPLIT_SIZE);
    int end = main + record.mainDataLength();
    int prefix = main + SPLIT_SIZE;
    int prefixSize = SpgistPage.innerSize(bytes, prefix, end - prefix);
    int postfix = prefix + prefixSize;
    int postfixSize = SpgistPage.innerSize(bytes, postfix, end - postfix);
    int postfixItem = LittleEndian.unsignedShort(bytes, main + 2);
    boolean samePage = bytes[main + 5] != 0;
    int id = record.blockId(blockIndex);
    if (id == 0) {
      SpgistPage.require(page, record, blockIndex);
      SpgistPage.replace(page, LittleEndian.unsignedShort(bytes, main), bytes, prefix, prefixSize);
      if (samePage) {
        SpgistPage.put(page, postfixItem, bytes, postfix, postfixSize);
      }
    } else if (id == 1 && !samePage) {
      SpgistPage.prepare(page, record, blockIndex, bytes[main + 4] != 0, 0);
      SpgistPage.put(page, postfixItem, bytes, postfix, postfixSize);
    } else {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }
}
