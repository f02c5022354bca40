package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.page.Page;
import java.util.ArrayList;
import java.util.List;

/// Hash pages (hash.h): meta, bitmap, bucket and overflow pages. An item begins with its hash code.
final class HashDescription implements PageDescription {

  private static final int SPECIAL = Page.SIZE - 16;

  private static final String[] FLAGS = {
    "OVERFLOW",
    "BUCKET",
    "BITMAP",
    "META",
    "BEING_POPULATED",
    "BEING_SPLIT",
    "NEEDS_SPLIT_CLEANUP",
    "HAS_DEAD_TUPLES"
  };

  private static final int BITMAP = 1 << 2;
  private static final int META = 1 << 3;
  private static final int MAGIC = 0x6440640;

  /// `HASH_MAX_SPLITPOINTS`: 10 groups of one phase and 22 of four.
  private static final int SPLIT_POINTS = 98;

  private static final int OFFSET_SPARES = Page.HEADER_SIZE + 52;
  private static final int OFFSET_MAPS = OFFSET_SPARES + 4 * SPLIT_POINTS;
  private static final int MAPS_MAX = 1024;

  /// The largest power of two that fits (`BMPGSZ_BYTE`).
  private static final int BITMAP_SIZE = 4096;

  @Override
  public void describe(PageBytes page, long block, PageReport report) throws CorruptDataException {
    int flags = page.unsignedShort(SPECIAL + 12);
    PageReport.Row row = report.fields("hash");
    row.add("prev", page.unsignedInt(SPECIAL)).add("next", page.unsignedInt(SPECIAL + 4));
    row.add("bucket", page.unsignedInt(SPECIAL + 8)).add("flags", FlagNames.of(flags, FLAGS));
    row.add("page_id", Integer.toHexString(page.unsignedShort(SPECIAL + 14)));
    if ((flags & META) != 0) {
      describeMeta(page, report);
    } else if ((flags & BITMAP) != 0) {
      describeBitmap(page, report);
    } else {
      PageItems.describe(
          page,
          report,
          (_, at, length, item) -> {
            IndexTupleFields.describeWhole(page, at, length, item);
            if (length >= IndexTupleFields.SIZE + 4) {
              item.add("hash", page.unsignedInt(at + IndexTupleFields.SIZE));
            }
          });
    }
  }

  private static void describeMeta(PageBytes page, PageReport report) throws CorruptDataException {
    int at = Page.HEADER_SIZE;
    PageReport.Row row = report.fields("meta");
    row.add("magic", Long.toHexString(page.unsignedInt(at)));
    row.add("version", page.unsignedInt(at + 4)).add("ntuples", page.floating(at + 8));
    row.add("ffactor", page.unsignedShort(at + 16)).add("bsize", page.unsignedShort(at + 18));
    row.add("bmsize", page.unsignedShort(at + 20)).add("bmshift", page.unsignedShort(at + 22));
    row.add("maxbucket", page.unsignedInt(at + 24)).add("highmask", page.unsignedInt(at + 28));
    row.add("lowmask", page.unsignedInt(at + 32)).add("ovflpoint", page.unsignedInt(at + 36));
    row.add("firstfree", page.unsignedInt(at + 40)).add("nmaps", page.unsignedInt(at + 44));
    row.add("procid", page.unsignedInt(at + 48));
    row.add("spares", numbers(page, OFFSET_SPARES, SPLIT_POINTS));
    long maps = page.unsignedInt(at + 44);
    row.add("mapp", numbers(page, OFFSET_MAPS, (int) Math.min(maps, MAPS_MAX)));
    if (page.integer(at) != MAGIC || maps > MAPS_MAX) {
      report.problem("meta page: the magic number of hash is 6440640, at most 1024 maps");
    }
  }

  private static List<String> numbers(PageBytes page, int at, int count)
      throws CorruptDataException {
    List<String> numbers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      numbers.add(String.valueOf(page.unsignedInt(at + 4 * i)));
    }
    return numbers;
  }

  /// Which overflow pages are taken, as ranges of bit numbers.
  private static void describeBitmap(PageBytes page, PageReport report)
      throws CorruptDataException {
    List<String> ranges = new ArrayList<>();
    int taken = 0;
    int from = -1;
    for (int bit = 0; bit <= BITMAP_SIZE * 8; bit++) {
      boolean set =
          bit < BITMAP_SIZE * 8
              && (page.unsignedByte(Page.HEADER_SIZE + bit / 8) >> bit % 8 & 1) != 0;
      if (set) {
        taken++;
        from = from < 0 ? bit : from;
      } else if (from >= 0) {
        ranges.add(from == bit - 1 ? "" + from : from + ".." + (bit - 1));
        from = -1;
      }
    }
    report.fields("bitmap").add("taken", taken).add("bits", ranges);
  }
}
