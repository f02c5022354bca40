package dev.argon.redo.btree;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import java.nio.ByteBuffer;

/// An index tuple (`IndexTupleData`, itup.h) and its b-tree meanings (nbtree.h): 6 bytes `t_tid`
/// (block high half, low half, item), 2 bytes `t_info` with the size in the lowest 13 bits.
///
/// A posting list tuple has the bit [#ALTERNATIVE_TID] and in `t_tid`'s item [#IS_POSTING] and the
/// number of heap TIDs; `t_tid`'s block says where in the tuple they start.
final class IndexTuple {

  static final int HEADER_SIZE = 8;

  /// Bytes of one TID (`ItemPointerData`).
  static final int TID_SIZE = 6;

  /// `BTMaxItemSize` of a page: a third of what header, three line pointers and TIDs and the
  /// special space leave.
  static final int SIZE_MAX = 2704;

  private static final int SIZE_MASK = 0x1FFF;

  /// `INDEX_ALT_TID_MASK`.
  private static final int ALTERNATIVE_TID = 0x2000;

  /// `BT_IS_POSTING`.
  private static final int IS_POSTING = 0x2000;

  /// `BT_OFFSET_MASK`.
  private static final int COUNT_MASK = 0x0FFF;

  private static final int OFFSET_ITEM = 4;
  private static final int OFFSET_INFO = 6;

  private IndexTuple() {}

  /// Where the index tuple of an item lies; its own size fits the item.
  static int require(ByteBuffer page, int item) throws CorruptDataException {
    int pointer = PageItems.requireStored(page, item, HEADER_SIZE);
    int tuple = LinePointer.offset(pointer);
    int size = size(page, tuple);
    if (size < HEADER_SIZE || size > LinePointer.length(pointer)) {
      throw new CorruptDataException(
          "index tuple of "
              + size
              + " bytes in item "
              + item
              + " of "
              + LinePointer.length(pointer));
    }
    return tuple;
  }

  /// As [#require], and it is a posting list tuple whose list lies inside it.
  static int requirePosting(ByteBuffer page, int item) throws CorruptDataException {
    int tuple = require(page, item);
    if (!isPosting(page, tuple)) {
      throw new CorruptDataException("item " + item + " has no posting list");
    }
    requireList(page, tuple);
    return tuple;
  }

  /// If the tuple has a posting list, the list lies inside it.
  static void requireList(ByteBuffer page, int tuple) throws CorruptDataException {
    if (isPosting(page, tuple)) {
      int start = postingOffset(page, tuple);
      int count = tidCount(page, tuple);
      if (start < HEADER_SIZE
          || start > SIZE_MASK
          || count < 2
          || start + count * TID_SIZE > size(page, tuple)) {
        throw new CorruptDataException(
            "posting list of " + count + " at " + start + " of " + size(page, tuple) + " bytes");
      }
    }
  }

  static int size(ByteBuffer page, int tuple) {
    return page.getShort(tuple + OFFSET_INFO) & SIZE_MASK;
  }

  static boolean isPosting(ByteBuffer page, int tuple) {
    return (page.getShort(tuple + OFFSET_INFO) & ALTERNATIVE_TID) != 0
        && (page.getShort(tuple + OFFSET_ITEM) & IS_POSTING) != 0;
  }

  /// How many heap TIDs the tuple has.
  static int tidCount(ByteBuffer page, int tuple) {
    return isPosting(page, tuple) ? page.getShort(tuple + OFFSET_ITEM) & COUNT_MASK : 1;
  }

  /// Where in the tuple its heap TIDs start.
  static int tidOffset(ByteBuffer page, int tuple) {
    return isPosting(page, tuple) ? postingOffset(page, tuple) : 0;
  }

  /// How much of the tuple is no posting list.
  static int keySize(ByteBuffer page, int tuple) {
    return isPosting(page, tuple) ? postingOffset(page, tuple) : size(page, tuple);
  }

  private static int postingOffset(ByteBuffer page, int tuple) {
    return block(page, tuple);
  }

  /// The block in `t_tid`: of a pivot tuple the downlink.
  static int block(ByteBuffer page, int tuple) {
    return page.getShort(tuple) << 16 | Short.toUnsignedInt(page.getShort(tuple + 2));
  }

  static void setBlock(ByteBuffer page, int tuple, int block) {
    page.putShort(tuple, (short) (block >>> 16));
    page.putShort(tuple + 2, (short) block);
  }

  /// The size of a tuple with this key and number of TIDs (`_bt_form_posting`).
  static int formedSize(int keySize, int tidCount) {
    return tidCount > 1 ? PageHeader.align(keySize + tidCount * TID_SIZE) : keySize;
  }

  /// Makes the header of a tuple whose first `keySize` bytes are in place fit its number of TIDs;
  /// of a single TID the caller puts it at the tuple's start, of more at `keySize`.
  static void setForm(ByteBuffer page, int tuple, int keySize, int tidCount) {
    int info = (page.getShort(tuple + OFFSET_INFO) & ~SIZE_MASK) | formedSize(keySize, tidCount);
    if (tidCount > 1) {
      page.putShort(tuple + OFFSET_INFO, (short) (info | ALTERNATIVE_TID));
      page.putShort(tuple + OFFSET_ITEM, (short) (tidCount | IS_POSTING));
      setBlock(page, tuple, keySize);
    } else {
      page.putShort(tuple + OFFSET_INFO, (short) (info & ~ALTERNATIVE_TID));
    }
  }

  /// The dummy high key of a half-dead page: it only links to `topParent`
  /// (`BTreeTupleSetTopParent`).
  static void putTopParent(ByteBuffer page, int tuple, int topParent) {
    setBlock(page, tuple, topParent);
    page.putShort(tuple + OFFSET_ITEM, (short) 0);
    page.putShort(tuple + OFFSET_INFO, (short) (HEADER_SIZE | ALTERNATIVE_TID));
  }
}
