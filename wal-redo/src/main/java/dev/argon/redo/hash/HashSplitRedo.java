package dev.argon.redo.hash;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_HASH_SPLIT_ALLOCATE_PAGE` (`xl_hash_split_allocate_page`, hash_xlog.h: new bucket u32, old
/// flags u16, new flags u16, what changes on the meta page u8): block 0 is the old bucket, block 1
/// the new one, block 2 the meta page (data: low and high mask, split point and its spare pages,
/// u32 each, as flagged). `XLOG_HASH_SPLIT_COMPLETE` (old flags u16, new flags u16): block 0 is the
/// old bucket, block 1 the new one.
final class HashSplitRedo {

  private static final int UPDATE_MASKS = 0x01;
  private static final int UPDATE_SPLIT_POINT = 0x02;

  private static final int ALLOCATE_SIZE = 9;
  private static final int COMPLETE_SIZE = 4;

  private HashSplitRedo() {}

  static void allocate(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, ALLOCATE_SIZE);
    int newBucket = LittleEndian.readInt(bytes, main);
    switch (record.blockId(blockIndex)) {
      case 0 -> {
        HashRedo.require(page, record, blockIndex, 0);
        HashPage.setFlags(page, LittleEndian.unsignedShort(bytes, main + 4));
        HashPage.setPrevious(page, newBucket);
      }
      case 1 -> {
        RecordBytes.requireInit(record, blockIndex);
        HashPage.initialise(
            page, newBucket, newBucket, LittleEndian.unsignedShort(bytes, main + 6));
      }
      default -> {
        HashRedo.require(page, record, blockIndex, 2);
        HashMeta.setMaxBucket(page, newBucket);
        updateMeta(page, record, blockIndex, LittleEndian.unsignedByte(bytes, main + 8));
      }
    }
  }

  private static void updateMeta(ByteBuffer page, WalRecord record, int blockIndex, int flags)
      throws CorruptDataException {
    boolean masks = (flags & UPDATE_MASKS) != 0;
    boolean splitPoint = (flags & UPDATE_SPLIT_POINT) != 0;
    int data = RecordBytes.blockData(record, blockIndex, (masks ? 8 : 0) + (splitPoint ? 8 : 0));
    byte[] bytes = record.bytes();
    if (masks) {
      HashMeta.setMasks(
          page, LittleEndian.readInt(bytes, data), LittleEndian.readInt(bytes, data + 4));
      data += 8;
    }
    if (splitPoint) {
      HashMeta.setSplitPoint(
          page, LittleEndian.readInt(bytes, data), LittleEndian.readInt(bytes, data + 4));
    }
  }

  static void complete(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    int main = RecordBytes.mainData(record, COMPLETE_SIZE);
    int id = Math.min(record.blockId(blockIndex), 1);
    HashRedo.require(page, record, blockIndex, id);
    HashPage.setFlags(page, LittleEndian.unsignedShort(record.bytes(), main + 2 * id));
  }
}
