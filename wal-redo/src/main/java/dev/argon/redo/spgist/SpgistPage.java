package dev.argon.redo.spgist;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.IndexItems;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// SP-GiST pages and tuples (spgist_private.h).
///
/// The special space is 8 bytes: flags u16, redirections u16, placeholders u16, page id u16. The
/// first two bits of a tuple are its state. Then a leaf or dead tuple has its size (30 bits), next
/// item u16, a TID (6 bytes), and if dead a transaction u32, 16 bytes in all; an inner tuple has a
/// bit, number of nodes (13 bits), size of the prefix u16, size u16, padding, prefix, nodes (index
/// tuples).
final class SpgistPage {

  static final int SPECIAL_SIZE = 8;

  static final int LEAF = 0x04;
  static final int NULLS = 0x08;

  static final int REDIRECT = 1;
  static final int DEAD = 2;
  static final int PLACEHOLDER = 3;

  /// `InvalidBlockNumber`.
  static final int NO_BLOCK = -1;

  private static final int PAGE_ID = 0xFF82;

  private static final int OPAQUE = PageHeader.PAGE_SIZE - SPECIAL_SIZE;
  private static final int OFFSET_REDIRECTIONS = OPAQUE + 2;
  private static final int OFFSET_PLACEHOLDERS = OPAQUE + 4;
  private static final int OFFSET_PAGE_ID = OPAQUE + 6;

  private static final int DEAD_TUPLE_SIZE = 16;
  private static final int LEAF_HEADER_SIZE = 12;
  private static final int INNER_HEADER_SIZE = 8;
  private static final int NODE_HEADER_SIZE = 8;
  private static final int NODE_SIZE_MASK = 0x1FFF;
  private static final int NEXT_MASK = 0x3FFF;

  private SpgistPage() {}

  /// The reference changes the page, which is one of SP-GiST.
  static void require(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    RecordBytes.requireChange(record, blockIndex);
    PageHeader.checkSpecial(page, SPECIAL_SIZE);
  }

  /// The page as redo finds it: empty if the record says so, else as it is.
  static void prepare(ByteBuffer page, WalRecord record, int blockIndex, boolean init, int flags)
      throws CorruptDataException {
    if (init) {
      RecordBytes.requireInit(record, blockIndex);
      PageHeader.initialise(page, SPECIAL_SIZE);
      page.putShort(OPAQUE, (short) flags);
      page.putShort(OFFSET_PAGE_ID, (short) PAGE_ID);
    } else {
      require(page, record, blockIndex);
    }
  }

  static void addRedirections(ByteBuffer page, int count) {
    page.putShort(OFFSET_REDIRECTIONS, (short) (page.getShort(OFFSET_REDIRECTIONS) + count));
  }

  static void addPlaceholders(ByteBuffer page, int count) {
    page.putShort(OFFSET_PLACEHOLDERS, (short) (page.getShort(OFFSET_PLACEHOLDERS) + count));
  }

  /// The size a leaf tuple in a record has.
  static int leafSize(byte[] bytes, int at, int available) throws CorruptDataException {
    int size = available < LEAF_HEADER_SIZE ? 0 : LittleEndian.readInt(bytes, at) >>> 2;
    return requireSize(size, LEAF_HEADER_SIZE, available);
  }

  /// The size an inner tuple in a record has.
  static int innerSize(byte[] bytes, int at, int available) throws CorruptDataException {
    int size = available < INNER_HEADER_SIZE ? 0 : LittleEndian.unsignedShort(bytes, at + 4);
    return requireSize(size, INNER_HEADER_SIZE, available);
  }

  private static int requireSize(int size, int sizeMin, int available) throws CorruptDataException {
    if (size < sizeMin || size > available) {
      throw new CorruptDataException("tuple of " + size + " bytes, " + available + " left");
    }
    return size;
  }

  static int state(ByteBuffer page, int tuple) {
    return page.getInt(tuple) & 3;
  }

  /// Where a tuple lies that has at least the bytes of a leaf tuple's header.
  static int requireTuple(ByteBuffer page, int item) throws CorruptDataException {
    return LinePointer.offset(PageItems.requireStored(page, item, LEAF_HEADER_SIZE));
  }

  /// `addOrReplaceTuple`: as a new item, or in place of a placeholder.
  static void put(ByteBuffer page, int item, byte[] bytes, int at, int size)
      throws CorruptDataException {
    if (item >= 1 && item <= PageItems.count(page)) {
      if (state(page, requireTuple(page, item)) != PLACEHOLDER) {
        throw new CorruptDataException("item " + item + " is no placeholder");
      }
      addPlaceholders(page, -1);
      IndexItems.delete(page, item);
    }
    page.put(PageItems.insert(page, item, size), bytes, at, size);
  }

  /// Replaces an item, whatever it is.
  static void replace(ByteBuffer page, int item, byte[] bytes, int at, int size)
      throws CorruptDataException {
    IndexItems.delete(page, item);
    page.put(PageItems.insert(page, item, size), bytes, at, size);
  }

  /// `spgFormDeadTuple`, as a new item. Block and item say where a redirection leads.
  static void insertDead(
      ByteBuffer page, int item, int state, int transactionId, int block, int target)
      throws CorruptDataException {
    int tuple = PageItems.insert(page, item, DEAD_TUPLE_SIZE);
    boolean redirects = state == REDIRECT;
    page.putInt(tuple, state | DEAD_TUPLE_SIZE << 2);
    page.putShort(tuple + 4, (short) 0);
    putTid(page, tuple + 6, redirects ? block : NO_BLOCK, redirects ? target : 0);
    page.putInt(tuple + 12, redirects ? transactionId : 0);
  }

  /// A redirection leads nowhere any more.
  static void makePlaceholder(ByteBuffer page, int item) throws CorruptDataException {
    int tuple = requireTuple(page, item);
    page.putInt(tuple, page.getInt(tuple) | PLACEHOLDER);
    putTid(page, tuple + 6, NO_BLOCK, 0);
  }

  private static void putTid(ByteBuffer page, int at, int block, int item) {
    page.putShort(at, (short) (block >>> 16));
    page.putShort(at + 2, (short) block);
    page.putShort(at + 4, (short) item);
  }

  /// `SGLT_SET_NEXTOFFSET`.
  static void setNext(ByteBuffer page, int item, int next) throws CorruptDataException {
    int tuple = requireTuple(page, item);
    int info = page.getShort(tuple + 4) & ~NEXT_MASK;
    page.putShort(tuple + 4, (short) (info | (next & NEXT_MASK)));
  }

  /// `spgUpdateNodeLink`: a node of an inner tuple gets another target.
  static void setNodeLink(ByteBuffer page, int item, int node, int block, int target)
      throws CorruptDataException {
    int pointer = PageItems.requireStored(page, item, INNER_HEADER_SIZE);
    int tuple = LinePointer.offset(pointer);
    int end = tuple + LinePointer.length(pointer);
    int header = page.getInt(tuple);
    int nodes = header >>> 3 & 0x1FFF;
    int at = tuple + INNER_HEADER_SIZE + (header >>> 16);
    for (int i = 0; i <= node; i++) {
      if (node >= nodes || end - at < NODE_HEADER_SIZE) {
        throw new CorruptDataException("node " + node + " of an inner tuple with " + nodes);
      }
      if (i < node) {
        at += Math.max(page.getShort(at + 6) & NODE_SIZE_MASK, NODE_HEADER_SIZE);
      }
    }
    putTid(page, at, block, target);
  }

  /// `spgPageIndexMultiDelete`: items become dead tuples of one state, the first listed of another.
  static void deleteAll(
      ByteBuffer page,
      byte[] numbers,
      int from,
      int count,
      int firstState,
      int restState,
      int transactionId,
      int block,
      int target)
      throws CorruptDataException {
    if (count == 0) {
      return;
    }
    int[] sorted = new int[count];
    for (int i = 0; i < count; i++) {
      sorted[i] = LittleEndian.unsignedShort(numbers, from + 2 * i);
    }
    int first = sorted[0];
    Arrays.sort(sorted);
    deleteSorted(page, sorted);
    for (int item : sorted) {
      int state = item == first ? firstState : restState;
      insertDead(page, item, state, transactionId, block, target);
      if (state == REDIRECT) {
        addRedirections(page, 1);
      } else if (state == PLACEHOLDER) {
        addPlaceholders(page, 1);
      }
    }
  }

  /// `PageIndexMultiDelete` of these items.
  static void deleteSorted(ByteBuffer page, int[] sorted) throws CorruptDataException {
    byte[] numbers = new byte[2 * sorted.length];
    for (int i = 0; i < sorted.length; i++) {
      LittleEndian.writeShort(numbers, 2 * i, sorted[i]);
    }
    IndexItems.deleteAll(page, numbers, 0, sorted.length);
  }
}
