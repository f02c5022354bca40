package dev.argon.redo.hash;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import dev.argon.redo.page.RecordTuples;
import java.nio.ByteBuffer;

/// Overflow pages of a bucket (hash_xlog.h): added, emptied into the pages before them, freed.
///
/// | record | main data | blocks |
/// |---|---|---|
/// | add overflow page | bitmap size u16, bit found u8 | 0 page (data: bucket u32), 1 page before, 2 bitmap (data: bit u32), 3 new bitmap page, 4 meta page (data: first free bit u32) |
/// | move page contents | tuples u16, u8 | 0 locked only, 1 target (data: items u16, tuples), 2 source (data: items u16) |
/// | squeeze page | previous u32, next u32, tuples u16, u8, target is previous u8 | 0 locked only, 1 target, 2 freed page, 3 previous, 4 next, 5 bitmap (data: bit u32), 6 meta page (data: first free bit u32) |
final class HashOverflowRedo {

  private static final int ADD_SIZE = 3;
  private static final int MOVE_SIZE = 3;
  private static final int SQUEEZE_SIZE = 12;

  private HashOverflowRedo() {}

  static void add(ByteBuffer page, WalRecord record, int blockIndex) throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, ADD_SIZE);
    int added = record.blockIndexOf(0);
    int before = record.blockIndexOf(1);
    if (added < 0 || before < 0) {
      throw new CorruptDataException("overflow page without its neighbour");
    }
    switch (record.blockId(blockIndex)) {
      case 0 -> {
        RecordBytes.requireInit(record, blockIndex);
        HashPage.initialise(
            page, record.blockNumber(before), number(record, blockIndex), HashPage.OVERFLOW_PAGE);
      }
      case 1 -> {
        HashRedo.require(page, record, blockIndex, 1);
        HashPage.setNext(page, record.blockNumber(added));
      }
      case 2 -> {
        HashRedo.require(page, record, blockIndex, 2);
        HashPage.setBit(page, number(record, blockIndex), true);
      }
      case 3 -> {
        RecordBytes.requireInit(record, blockIndex);
        HashPage.initialiseBitmap(page, LittleEndian.unsignedShort(bytes, main));
      }
      default -> {
        HashRedo.require(page, record, blockIndex, 4);
        HashMeta.setFirstFree(page, number(record, blockIndex));
        if (bytes[main + 2] == 0) {
          countPages(page, record);
        }
      }
    }
  }

  /// The overflow page is new in the file, and so may be the bitmap page.
  private static void countPages(ByteBuffer page, WalRecord record) throws CorruptDataException {
    HashMeta.addSpare(page);
    int bitmap = record.blockIndexOf(3);
    if (bitmap >= 0) {
      HashMeta.addBitmap(page, record.blockNumber(bitmap));
      HashMeta.addSpare(page);
    }
  }

  static boolean move(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    int main = RecordBytes.mainData(record, MOVE_SIZE);
    switch (record.blockId(blockIndex)) {
      case 0 -> {
        return false;
      }
      case 1 -> {
        HashRedo.require(page, record, blockIndex, 1);
        insertListed(page, record, blockIndex, LittleEndian.unsignedShort(record.bytes(), main));
      }
      default -> {
        HashRedo.require(page, record, blockIndex, 2);
        HashRedo.deleteListed(page, record, blockIndex);
      }
    }
    return true;
  }

  static boolean squeeze(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, SQUEEZE_SIZE);
    int id = record.blockId(blockIndex);
    if (id == 0) {
      return false;
    }
    HashRedo.require(page, record, blockIndex, id);
    boolean targetIsPrevious = bytes[main + 11] != 0;
    int next = LittleEndian.readInt(bytes, main + 4);
    switch (id) {
      case 1 -> {
        insertListed(page, record, blockIndex, LittleEndian.unsignedShort(bytes, main + 8));
        if (targetIsPrevious) {
          HashPage.setNext(page, next);
        }
      }
      case 2 -> HashPage.initialise(page, HashPage.NONE, HashPage.NONE, HashPage.UNUSED_PAGE);
      case 3 -> {
        if (targetIsPrevious) {
          throw RecordBytes.noSuchBlock(record, blockIndex);
        }
        HashPage.setNext(page, next);
      }
      case 4 -> HashPage.setPrevious(page, LittleEndian.readInt(bytes, main));
      case 5 -> HashPage.setBit(page, number(record, blockIndex), false);
      case 6 -> HashMeta.setFirstFree(page, number(record, blockIndex));
      default -> throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    return true;
  }

  private static int number(WalRecord record, int blockIndex) throws CorruptDataException {
    return LittleEndian.readInt(record.bytes(), RecordBytes.blockData(record, blockIndex, 4));
  }

  /// The block's data is item numbers and then the tuples that get them.
  private static void insertListed(ByteBuffer page, WalRecord record, int blockIndex, int count)
      throws CorruptDataException {
    if (count == 0) {
      return;
    }
    byte[] bytes = record.bytes();
    int items = RecordBytes.blockData(record, blockIndex, 2 * count);
    int tuple = items + 2 * count;
    int end = items + RecordBytes.blockDataLength(record, blockIndex);
    for (int i = 0; i < count; i++) {
      int size = RecordTuples.alignedSize(bytes, tuple, end - tuple);
      int item = LittleEndian.unsignedShort(bytes, items + 2 * i);
      page.put(PageItems.insert(page, item, size), bytes, tuple, size);
      tuple += size;
    }
    if (tuple != end) {
      throw new CorruptDataException((end - tuple) + " bytes after the last moved tuple");
    }
  }
}
