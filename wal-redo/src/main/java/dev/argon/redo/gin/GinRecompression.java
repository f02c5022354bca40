package dev.argon.redo.gin;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.RedoScratch;
import java.nio.ByteBuffer;

/// Changes of a posting tree's leaf (`ginRedoRecompress`, ginxlog.c): a count u16, then per action
/// the segment (posting list, from 0) it concerns u8, what to do u8, and for insert and replace a
/// posting list, for added items their count u16 and TIDs.
///
/// The old lists are read from a copy of the page and the new ones written from the front; segments
/// without an action are copied.
final class GinRecompression {

  private static final int DELETE = 1;
  private static final int INSERT = 2;
  private static final int REPLACE = 3;
  private static final int ADD_ITEMS = 4;

  private final ByteBuffer page;
  private final ByteBuffer old;
  private final int oldEnd;
  private int read = GinPage.DATA_START;
  private int written = GinPage.DATA_START;

  private GinRecompression(ByteBuffer page) throws CorruptDataException {
    this.page = page;
    if ((GinPage.flags(page) & GinPage.COMPRESSED) == 0) {
      compress(page);
    }
    oldEnd = PageHeader.lower(page);
    if (oldEnd < GinPage.DATA_START || oldEnd > GinPage.DATA_END) {
      throw new CorruptDataException("posting lists end at " + oldEnd);
    }
    old = RedoScratch.current().copyOf(page);
  }

  /// @param from where in the record the description starts
  /// @param end where it ends at the latest
  static void apply(ByteBuffer page, WalRecord record, int from, int end)
      throws CorruptDataException {
    GinPage.requireFlags(
        page, GinPage.DATA | GinPage.LEAF | GinPage.DELETED, GinPage.DATA | GinPage.LEAF);
    new GinRecompression(page).run(record, from, end);
  }

  /// A page from before 9.4 has TIDs that are not compressed.
  private static void compress(ByteBuffer page) throws CorruptDataException {
    int count = GinPage.count(page);
    int size = 0;
    if (GinPage.DATA_START + count * PostingList.TID_SIZE > GinPage.DATA_END) {
      throw new CorruptDataException(count + " TIDs on a page");
    }
    if (count > 0) {
      long[] tids = new long[count];
      for (int i = 0; i < count; i++) {
        tids[i] = PostingList.tid(page, GinPage.DATA_START + i * PostingList.TID_SIZE);
      }
      size = PostingList.encode(tids, count, page, GinPage.DATA_START, GinPage.DATA_END);
    }
    PageHeader.setLower(page, GinPage.DATA_START + size);
    GinPage.setFlag(page, GinPage.COMPRESSED);
    GinPage.setCount(page, 0);
  }

  private void run(WalRecord record, int from, int end) throws CorruptDataException {
    byte[] bytes = record.bytes();
    if (end - from < 2) {
      throw new CorruptDataException("recompression without a count");
    }
    int actions = LittleEndian.unsignedShort(bytes, from);
    int at = from + 2;
    int segment = 0;
    for (int i = 0; i < actions; i++) {
      if (end - at < 2) {
        throw new CorruptDataException("recompression ends after action " + i);
      }
      int target = LittleEndian.unsignedByte(bytes, at);
      int action = LittleEndian.unsignedByte(bytes, at + 1);
      at += 2;
      if (target < segment) {
        throw new CorruptDataException("segment " + target + " after " + segment);
      }
      for (; segment < target; segment++) {
        copyOld();
      }
      switch (action) {
        case DELETE -> skipOld();
        case INSERT -> at += copyNew(record, at, end);
        case REPLACE -> {
          skipOld();
          at += copyNew(record, at, end);
        }
        case ADD_ITEMS -> at += addItems(record, at, end);
        default -> throw new CorruptDataException("leaf action " + action);
      }
      segment += action == INSERT ? 0 : 1;
    }
    put(old, read, oldEnd - read);
    PageHeader.setLower(page, written);
  }

  private void put(ByteBuffer source, int from, int size) throws CorruptDataException {
    if (size > GinPage.DATA_END - written) {
      throw new CorruptDataException("posting lists do not fit the page");
    }
    page.put(written, source, from, size);
    written += size;
  }

  private void copyOld() throws CorruptDataException {
    int from = read;
    skipOld();
    put(old, from, read - from);
  }

  private void skipOld() throws CorruptDataException {
    read += PostingList.size(old, read, oldEnd - read);
  }

  private int copyNew(WalRecord record, int at, int end) throws CorruptDataException {
    int size = PostingList.size(record.buffer(), at, end - at);
    put(record.buffer(), at, size);
    return size;
  }

  private int addItems(WalRecord record, int at, int end) throws CorruptDataException {
    int count = end - at < 2 ? -1 : LittleEndian.unsignedShort(record.bytes(), at);
    if (count < 0 || count * PostingList.TID_SIZE > end - at - 2) {
      throw new CorruptDataException("added items end after the block's data");
    }
    long[] added = new long[count];
    for (int i = 0; i < count; i++) {
      added[i] = PostingList.tid(record.buffer(), at + 2 + i * PostingList.TID_SIZE);
    }
    int segment = read;
    skipOld();
    long[] present = new long[PostingList.countMax()];
    int presentCount = PostingList.decode(old, segment, present, 0);
    long[] merged = new long[presentCount + count];
    int mergedCount = PostingList.merge(added, count, present, presentCount, merged);
    if (mergedCount != presentCount + count) {
      throw new CorruptDataException("added items are there already");
    }
    ByteBuffer formed = RedoScratch.current().item();
    int size = PostingList.encode(merged, mergedCount, formed, 0, PageHeader.PAGE_SIZE);
    put(formed, 0, size);
    return 2 + count * PostingList.TID_SIZE;
  }
}
