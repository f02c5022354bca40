package dev.argon.redo.gin;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// The special space of a GIN page (`GinPageOpaqueData`, ginblock.h), 8 bytes: right link u32,
/// number of posting items or pending rows u16, flags u16. And what a posting tree's page has after
/// its header and right bound (8 bytes): compressed posting lists on a leaf, else posting items
/// (child block as two u16, TID: 10 bytes).
final class GinPage {

  static final int SPECIAL_SIZE = 8;

  /// `InvalidBlockNumber`.
  static final int NO_BLOCK = -1;

  static final int DATA = 0x01;
  static final int LEAF = 0x02;
  static final int DELETED = 0x04;
  static final int META = 0x08;
  static final int LIST = 0x10;
  static final int LIST_FULL_ROW = 0x20;
  static final int INCOMPLETE_SPLIT = 0x40;
  static final int COMPRESSED = 0x80;

  /// Where a posting tree page's data starts.
  static final int DATA_START = PageHeader.SIZE + 8;

  static final int DATA_END = PageHeader.PAGE_SIZE - SPECIAL_SIZE;

  /// `sizeof(PostingItem)`.
  static final int POSTING_ITEM_SIZE = 10;

  /// `sizeof(GinMetaPageData)`.
  static final int META_SIZE = 56;

  private static final int OFFSET_RIGHT = DATA_END;
  private static final int OFFSET_COUNT = DATA_END + 4;
  private static final int OFFSET_FLAGS = DATA_END + 6;

  private GinPage() {}

  /// The reference changes the page, which is one of GIN.
  static void require(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    RecordBytes.requireChange(record, blockIndex);
    PageHeader.checkSpecial(page, SPECIAL_SIZE);
  }

  /// The page's flags under `mask` are these.
  static void requireFlags(ByteBuffer page, int mask, int expected) throws CorruptDataException {
    if ((flags(page) & mask) != expected) {
      throw new CorruptDataException("GIN page with flags " + flags(page));
    }
  }

  static void initialise(ByteBuffer page, int flags) {
    PageHeader.initialise(page, SPECIAL_SIZE);
    setRight(page, NO_BLOCK);
    page.putShort(OFFSET_FLAGS, (short) flags);
  }

  /// A meta page with the content a record brings.
  static void initialiseMeta(ByteBuffer page, WalRecord record, int blockIndex, int from)
      throws CorruptDataException {
    RecordBytes.requireInit(record, blockIndex);
    initialise(page, META);
    page.put(PageHeader.SIZE, record.bytes(), from, META_SIZE);
    PageHeader.setLower(page, PageHeader.SIZE + META_SIZE);
  }

  static int flags(ByteBuffer page) {
    return Short.toUnsignedInt(page.getShort(OFFSET_FLAGS));
  }

  static void setFlag(ByteBuffer page, int flag) {
    page.putShort(OFFSET_FLAGS, (short) (flags(page) | flag));
  }

  static void clearFlag(ByteBuffer page, int flag) {
    page.putShort(OFFSET_FLAGS, (short) (flags(page) & ~flag));
  }

  static void setRight(ByteBuffer page, int block) {
    page.putInt(OFFSET_RIGHT, block);
  }

  static int count(ByteBuffer page) {
    return Short.toUnsignedInt(page.getShort(OFFSET_COUNT));
  }

  static void setCount(ByteBuffer page, int count) {
    page.putShort(OFFSET_COUNT, (short) count);
  }

  /// `GinDataPageAddPostingItem`, and the item that was at this place before gets another child.
  static void addPostingItem(ByteBuffer page, int place, byte[] bytes, int item, int rightOfSplit)
      throws CorruptDataException {
    int count = count(page);
    int at = DATA_START + (place - 1) * POSTING_ITEM_SIZE;
    int end = DATA_START + count * POSTING_ITEM_SIZE;
    if (place < 1 || place > count || end + POSTING_ITEM_SIZE > DATA_END) {
      throw new CorruptDataException("posting item " + place + " of " + count);
    }
    page.putShort(at, (short) (rightOfSplit >>> 16));
    page.putShort(at + 2, (short) rightOfSplit);
    page.put(at + POSTING_ITEM_SIZE, page, at, end - at);
    page.put(at, bytes, item, POSTING_ITEM_SIZE);
    setCount(page, count + 1);
    PageHeader.setLower(page, end + POSTING_ITEM_SIZE);
  }

  /// `GinPageDeletePostingItem`.
  static void deletePostingItem(ByteBuffer page, int place) throws CorruptDataException {
    int count = count(page);
    int at = DATA_START + (place - 1) * POSTING_ITEM_SIZE;
    int end = DATA_START + count * POSTING_ITEM_SIZE;
    if (place < 1 || place > count || end > DATA_END) {
      throw new CorruptDataException("posting item " + place + " of " + count);
    }
    page.put(at, page, at + POSTING_ITEM_SIZE, end - at - POSTING_ITEM_SIZE);
    setCount(page, count - 1);
    PageHeader.setLower(page, end - POSTING_ITEM_SIZE);
  }

  /// A block number that a record has as two 16-bit halves, high half first (`BlockIdData`).
  static int block(byte[] bytes, int at) {
    return LittleEndian.unsignedShort(bytes, at) << 16 | LittleEndian.unsignedShort(bytes, at + 2);
  }
}
