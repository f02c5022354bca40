package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.page.HeapTupleHeader;
import java.util.ArrayList;
import java.util.List;

/// Heap pages: tuple headers (htup_details.h), null bitmaps, the attributes' bytes.
final class HeapDescription implements PageDescription {

  private static final String[] INFOMASK = {
    "HASNULL",
    "HASVARWIDTH",
    "HASEXTERNAL",
    "HASOID_OLD",
    "XMAX_KEYSHR_LOCK",
    "COMBOCID",
    "XMAX_EXCL_LOCK",
    "XMAX_LOCK_ONLY",
    "XMIN_COMMITTED",
    "XMIN_INVALID",
    "XMAX_COMMITTED",
    "XMAX_INVALID",
    "XMAX_IS_MULTI",
    "UPDATED",
    "MOVED_OFF",
    "MOVED_IN"
  };

  private static final int ATTRIBUTE_BITS = 11;

  /// From bit 11 on.
  private static final String[] INFOMASK2 = {"", "", "KEYS_UPDATED", "HOT_UPDATED", "ONLY_TUPLE"};

  @Override
  public void describe(PageBytes page, long block, PageReport report) {
    PageItems.describe(page, report, (_, at, length, row) -> describeTuple(page, at, length, row));
  }

  /// One tuple; `HEAP_XMIN_FROZEN`, which is two bits, is named as itself.
  static void describeTuple(PageBytes page, int at, int length, PageReport.Row row)
      throws CorruptDataException {
    if (length < HeapTupleHeader.SIZE) {
      throw new CorruptDataException("tuple of " + length + " bytes");
    }
    int infomask = page.unsignedShort(at + HeapTupleHeader.OFFSET_INFOMASK);
    int infomask2 = page.unsignedShort(at + HeapTupleHeader.OFFSET_INFOMASK2);
    int hoff = page.unsignedByte(at + HeapTupleHeader.OFFSET_HOFF);
    int attributes = infomask2 & HeapTupleHeader.NATTS_MASK;
    row.add("xmin", page.unsignedInt(at + HeapTupleHeader.OFFSET_XMIN));
    row.add("xmax", page.unsignedInt(at + HeapTupleHeader.OFFSET_XMAX));
    row.add("cid", page.unsignedInt(at + HeapTupleHeader.OFFSET_COMMAND_ID));
    row.add("ctid", page.tid(at + HeapTupleHeader.OFFSET_CTID));
    List<String> names = new ArrayList<>(FlagNames.of(infomask, INFOMASK));
    if ((infomask & HeapTupleHeader.XMIN_FROZEN) == HeapTupleHeader.XMIN_FROZEN) {
      names.add("XMIN_FROZEN");
    }
    names.addAll(FlagNames.of(infomask2 >> ATTRIBUTE_BITS, INFOMASK2));
    row.add("infomask", infomask).add("infomask2", infomask2).add("flags", names);
    row.add("attributes", attributes).add("hoff", hoff);
    if (hoff < HeapTupleHeader.SIZE || hoff > length) {
      throw new CorruptDataException("header of " + hoff + " bytes, tuple of " + length);
    }
    if ((infomask & HeapTupleHeader.HAS_NULL) != 0) {
      row.add("present", bitmap(page, at + HeapTupleHeader.SIZE, attributes));
    }
    row.add("data", page.hex(at + hoff, length - hoff));
  }

  /// A digit per attribute: 1 if it is there, 0 if it is null.
  private static String bitmap(PageBytes page, int at, int attributes) throws CorruptDataException {
    StringBuilder bits = new StringBuilder();
    for (int i = 0; i < attributes; i++) {
      bits.append(page.unsignedByte(at + i / 8) >> i % 8 & 1);
    }
    return bits.toString();
  }
}
