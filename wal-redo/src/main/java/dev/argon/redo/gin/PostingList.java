package dev.argon.redo.gin;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;

/// A compressed posting list (`GinPostingList`, ginblock.h and ginpostinglist.c): first TID (6
/// bytes), length of what follows u16, then the differences between neighbours, 7 bits per byte,
/// low bits first, the highest bit set if another byte follows; padded to 2 bytes. A TID counts as
/// block times 2048 plus item.
public final class PostingList {

  static final int HEADER_SIZE = 8;
  static final int TID_SIZE = 6;

  /// `MaxBytesPerInteger`.
  private static final int BYTES_PER_NUMBER_MAX = 7;

  private static final int ITEM_BITS = 11;
  private static final int ITEM_MASK = (1 << ITEM_BITS) - 1;

  private PostingList() {}

  /// `SizeOfGinPostingList`, which must not be more than what is there.
  public static int size(ByteBuffer bytes, int at, int available) throws CorruptDataException {
    int length = available < HEADER_SIZE ? -1 : Short.toUnsignedInt(bytes.getShort(at + 6));
    int size = HEADER_SIZE + length + (length & 1);
    if (length < 0 || size > available) {
      throw new CorruptDataException("posting list of " + size + " bytes, " + available + " left");
    }
    return size;
  }

  static long tid(ByteBuffer bytes, int at) throws CorruptDataException {
    long block =
        (long) Short.toUnsignedInt(bytes.getShort(at)) << 16
            | Short.toUnsignedInt(bytes.getShort(at + 2));
    int item = Short.toUnsignedInt(bytes.getShort(at + 4));
    if (item > ITEM_MASK) {
      throw new CorruptDataException("item " + item + " in a posting list");
    }
    return block << ITEM_BITS | item;
  }

  /// Decodes one list into `tids` from `from` on.
  ///
  /// @return the index after the last
  public static int decode(ByteBuffer bytes, int at, long[] tids, int from)
      throws CorruptDataException {
    int position = at + HEADER_SIZE;
    int end = position + Short.toUnsignedInt(bytes.getShort(at + 6));
    int count = from;
    long value = tid(bytes, at);
    tids[count++] = value;
    while (position < end) {
      long difference = 0;
      int shift = 0;
      byte next;
      do {
        if (position == end || shift == 7 * BYTES_PER_NUMBER_MAX) {
          throw new CorruptDataException("posting list ends within a number");
        }
        next = bytes.get(position++);
        difference |= (long) (next & 0x7F) << shift;
        shift += 7;
      } while (next < 0);
      value += difference;
      tids[count++] = value;
    }
    return count;
  }

  /// Encodes TIDs, which ascend, as one list.
  ///
  /// @return its size
  static int encode(long[] tids, int count, ByteBuffer target, int at, int end)
      throws CorruptDataException {
    int position = at + HEADER_SIZE;
    long previous = tids[0];
    for (int i = 0; i <= count; i++) {
      // Room for one number and for the padding at the end.
      if (end - position < (i < count ? BYTES_PER_NUMBER_MAX : 0) + 1) {
        throw new CorruptDataException("posting list of " + count + " does not fit the page");
      }
      if (i > 0 && i < count) {
        long difference = tids[i] - previous;
        if (difference <= 0) {
          throw new CorruptDataException("posting list is not in order");
        }
        previous = tids[i];
        for (; difference > 0x7F; difference >>>= 7) {
          target.put(position++, (byte) (0x80 | (difference & 0x7F)));
        }
        target.put(position++, (byte) difference);
      }
    }
    long block = tids[0] >>> ITEM_BITS;
    target.putShort(at, (short) (block >>> 16));
    target.putShort(at + 2, (short) block);
    target.putShort(at + 4, (short) (tids[0] & ITEM_MASK));
    int length = position - at - HEADER_SIZE;
    target.putShort(at + 6, (short) length);
    if ((length & 1) != 0) {
      target.put(position++, (byte) 0);
    }
    return position - at;
  }

  /// Merges two ascending rows of TIDs, each TID once (`ginMergeItemPointers`).
  ///
  /// @return how many there are in `target`
  static int merge(long[] a, int countA, long[] b, int countB, long[] target) {
    int i = 0;
    int j = 0;
    int count = 0;
    while (i < countA || j < countB) {
      if (j == countB || (i < countA && a[i] < b[j])) {
        target[count++] = a[i++];
      } else {
        if (i < countA && a[i] == b[j]) {
          i++;
        }
        target[count++] = b[j++];
      }
    }
    return count;
  }

  /// More TIDs than any list on a page can have: one per byte.
  public static int countMax() {
    return PageHeader.PAGE_SIZE;
  }
}
