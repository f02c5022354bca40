package dev.argon.redo.page;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import java.nio.ByteBuffer;

/// Index tuples (`IndexTupleData`, itup.h) as records carry them: 6 bytes TID, 2 bytes `t_info`
/// with the size in the lowest 13 bits, key.
public final class RecordTuples {

  /// `sizeof(IndexTupleData)`.
  public static final int HEADER_SIZE = 8;

  private static final int OFFSET_INFO = 6;
  private static final int SIZE_MASK = 0x1FFF;

  private RecordTuples() {}

  /// The size the tuple says it has.
  ///
  /// @param available how many bytes there are
  public static int size(byte[] bytes, int at, int available) throws CorruptDataException {
    int size =
        available < HEADER_SIZE
            ? 0
            : LittleEndian.unsignedShort(bytes, at + OFFSET_INFO) & SIZE_MASK;
    if (size < HEADER_SIZE || size > available) {
      throw new CorruptDataException("index tuple of " + size + " bytes, " + available + " left");
    }
    return size;
  }

  /// As [#size], rounded up to 8.
  public static int alignedSize(byte[] bytes, int at, int available) throws CorruptDataException {
    int aligned = PageHeader.align(size(bytes, at, available));
    if (aligned > available) {
      throw new CorruptDataException(
          "index tuple of " + aligned + " bytes, " + available + " left");
    }
    return aligned;
  }

  /// Adds the tuples that fill the bytes after the last item of the page, each with its own size.
  ///
  /// @return how many
  public static int append(ByteBuffer page, byte[] bytes, int from, int length)
      throws CorruptDataException {
    int count = 0;
    for (int at = 0; at < length; count++) {
      int size = size(bytes, from + at, length - at);
      int target = PageItems.insert(page, PageItems.count(page) + 1, size);
      page.put(target, bytes, from + at, size);
      at += size;
    }
    return count;
  }
}
