package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import java.util.ArrayList;
import java.util.List;

/// The header of an index tuple (`IndexTupleData`, itup.h, 8 bytes): a TID, then 16 bits with the
/// size (13) and flags.
final class IndexTupleFields {

  static final int SIZE = 8;

  /// `IndexAttributeBitMapData`, aligned.
  private static final int BITMAP_SIZE = 8;

  private static final int OFFSET_INFO = 6;
  private static final int SIZE_MASK = 0x1FFF;

  /// The bit that belongs to the access method.
  static final int ALTERNATIVE_TID = 0x2000;

  private static final int HAS_VARIABLE = 0x4000;
  private static final int HAS_NULLS = 0x8000;

  private IndexTupleFields() {}

  static int info(PageBytes page, int at) throws CorruptDataException {
    return page.unsignedShort(at + OFFSET_INFO);
  }

  /// The tuple's size by its own header.
  static int size(PageBytes page, int at) throws CorruptDataException {
    return info(page, at) & SIZE_MASK;
  }

  /// Adds the header's fields.
  ///
  /// @param length by the line pointer
  /// @throws CorruptDataException if the header has another size
  static void describe(PageBytes page, int at, int length, PageReport.Row row)
      throws CorruptDataException {
    if (length < SIZE) {
      throw new CorruptDataException("index tuple of " + length + " bytes");
    }
    int info = info(page, at);
    row.add("tid", page.tid(at)).add("size", info & SIZE_MASK);
    row.add("nulls", (info & HAS_NULLS) != 0).add("variable", (info & HAS_VARIABLE) != 0);
    if ((info & SIZE_MASK) < SIZE || (info & SIZE_MASK) > length) {
      throw new CorruptDataException(
          "index tuple says it has " + (info & SIZE_MASK) + " bytes, its pointer " + length);
    }
  }

  /// Where the attributes begin: behind the header and, if there are nulls, 32 bits that say which
  /// attributes are there, padded to 8 bytes; they get a field of their own.
  static int data(PageBytes page, int at, int end, PageReport.Row row) throws CorruptDataException {
    if ((info(page, at) & HAS_NULLS) == 0) {
      return at + SIZE;
    }
    if (at + SIZE + BITMAP_SIZE > end) {
      throw new CorruptDataException("no room for the null bitmap");
    }
    row.add("present", page.hex(at + SIZE, 4));
    return at + SIZE + BITMAP_SIZE;
  }

  /// As [#describe], and the rest of the tuple's bytes.
  static void describeWhole(PageBytes page, int at, int length, PageReport.Row row)
      throws CorruptDataException {
    describe(page, at, length, row);
    int data = data(page, at, at + length, row);
    row.add("data", page.hex(data, at + length - data));
  }

  /// TIDs that stand one behind the other, 6 bytes each.
  static List<String> tids(PageBytes page, int at, int count) throws CorruptDataException {
    List<String> tids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tids.add(page.tid(at + 6 * i));
    }
    return tids;
  }
}
