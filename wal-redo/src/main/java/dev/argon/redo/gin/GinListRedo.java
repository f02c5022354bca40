package dev.argon.redo.gin;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.RecordBytes;
import dev.argon.redo.page.RecordTuples;
import java.nio.ByteBuffer;

/// The list of pending entries (ginxlog.h).
///
/// | record | main data | blocks |
/// |---|---|---|
/// | update meta page | relation 12 bytes, padding, meta page 56 bytes, previous tail u32, right link u32, tuples i32 | 0 meta page, 1 tail (data: tuples) or previous tail |
/// | insert list page | right link u32, tuples i32 | 0 page (data: tuples) |
/// | delete list pages | meta page 56 bytes, pages i32 | 0 meta page, from 1 on the pages |
final class GinListRedo {

  private static final int UPDATE_META_SIZE = 84;
  private static final int UPDATE_META_CONTENT = 16;
  private static final int INSERT_SIZE = 8;
  private static final int DELETE_SIZE = 60;

  private GinListRedo() {}

  static void updateMeta(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, UPDATE_META_SIZE);
    int previousTail = LittleEndian.readInt(bytes, main + 72);
    int right = LittleEndian.readInt(bytes, main + 76);
    int tuples = LittleEndian.readInt(bytes, main + 80);
    int id = record.blockId(blockIndex);
    if (id == 0) {
      GinPage.initialiseMeta(page, record, blockIndex, main + UPDATE_META_CONTENT);
    } else if (id == 1 && tuples > 0) {
      GinPage.require(page, record, blockIndex);
      append(page, record, blockIndex, tuples);
      GinPage.setCount(page, GinPage.count(page) + 1);
    } else if (id == 1 && previousTail != GinPage.NO_BLOCK) {
      GinPage.require(page, record, blockIndex);
      GinPage.setRight(page, right);
    } else {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }

  static void insert(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireInit(record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, INSERT_SIZE);
    int right = LittleEndian.readInt(bytes, main);
    boolean tail = right == GinPage.NO_BLOCK;
    GinPage.initialise(page, tail ? GinPage.LIST | GinPage.LIST_FULL_ROW : GinPage.LIST);
    GinPage.setRight(page, right);
    GinPage.setCount(page, tail ? 1 : 0);
    append(page, record, blockIndex, LittleEndian.readInt(bytes, main + 4));
  }

  private static void append(ByteBuffer page, WalRecord record, int blockIndex, int expected)
      throws CorruptDataException {
    int data = RecordBytes.blockDataStart(record, blockIndex);
    int length = RecordBytes.blockDataLength(record, blockIndex);
    int added = RecordTuples.append(page, record.bytes(), data, length);
    if (added != expected) {
      throw new CorruptDataException(added + " tuples where " + expected + " were announced");
    }
  }

  static void delete(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    int main = RecordBytes.mainData(record, DELETE_SIZE);
    int pages = LittleEndian.readInt(record.bytes(), main + 56);
    int id = record.blockId(blockIndex);
    if (id == 0) {
      GinPage.initialiseMeta(page, record, blockIndex, main);
    } else if (id <= pages) {
      RecordBytes.requireInit(record, blockIndex);
      GinPage.initialise(page, GinPage.DELETED);
    } else {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
  }
}
