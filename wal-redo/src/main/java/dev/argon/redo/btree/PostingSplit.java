package dev.argon.redo.btree;

import dev.argon.postgres.CorruptDataException;
import java.nio.ByteBuffer;

/// A posting list split (`_bt_swap_posting`, nbtdedup.c): the new item's TID lies inside an
/// existing posting list; it takes its place there, and the list's last TID becomes the new item's.
///
/// The list is changed where it is. The new item is never changed: its bytes come from the record
/// and the TID that was pushed out, returned as a `long`, is put over them where they land.
final class PostingSplit {

  private PostingSplit() {}

  /// @param tuple the posting list tuple, checked
  /// @param at how many TIDs of the list come before the new item's
  /// @param newItem where in `bytes` the new item's TID is
  /// @return the TID pushed out, in its 48 lowest bits
  static long swap(ByteBuffer page, int tuple, int at, byte[] bytes, int newItem)
      throws CorruptDataException {
    int count = IndexTuple.tidCount(page, tuple);
    if (at <= 0 || at >= count) {
      throw new CorruptDataException("posting list of " + count + " split at " + at);
    }
    int list = tuple + IndexTuple.tidOffset(page, tuple);
    int last = list + (count - 1) * IndexTuple.TID_SIZE;
    long pushedOut =
        Integer.toUnsignedLong(page.getInt(last))
            | (long) Short.toUnsignedInt(page.getShort(last + 4)) << 32;
    int gap = list + at * IndexTuple.TID_SIZE;
    page.put(gap + IndexTuple.TID_SIZE, page, gap, last - gap);
    page.put(gap, bytes, newItem, IndexTuple.TID_SIZE);
    return pushedOut;
  }

  /// Makes `tid` the TID of the (plain) tuple.
  static void putTid(ByteBuffer page, int tuple, long tid) {
    page.putInt(tuple, (int) tid);
    page.putShort(tuple + 4, (short) (tid >>> 32));
  }
}
