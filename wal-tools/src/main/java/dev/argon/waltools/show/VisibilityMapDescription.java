package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.page.Page;

/// Visibility map pages (visibilitymap.c): two bits for each heap block behind the header, the
/// lower one all-visible, the higher one all-frozen.
final class VisibilityMapDescription implements PageDescription {

  private static final int BLOCKS_PER_BYTE = 4;
  private static final int BLOCKS_PER_PAGE = (Page.SIZE - Page.HEADER_SIZE) * BLOCKS_PER_BYTE;
  private static final String[] NAMES = {"none", "all-visible", "all-frozen only", "all-frozen"};

  @Override
  public void describe(PageBytes page, long block, PageReport report) throws CorruptDataException {
    long first = block * BLOCKS_PER_PAGE;
    int visible = 0;
    int frozen = 0;
    for (int i = 0; i < BLOCKS_PER_PAGE; i++) {
      visible += bits(page, i) & 1;
      frozen += bits(page, i) >> 1;
    }
    PageReport.Row row = report.fields("visibility map").add("first_heap_block", first);
    row.add("all_visible", visible).add("all_frozen", frozen);
    int from = 0;
    for (int i = 1; i <= BLOCKS_PER_PAGE; i++) {
      if (i == BLOCKS_PER_PAGE || bits(page, i) != bits(page, from)) {
        if (bits(page, from) != 0) {
          PageReport.Row range = report.row("heap blocks").add("from", first + from);
          range.add("to", first + i - 1).add("bits", NAMES[bits(page, from)]);
        }
        from = i;
      }
    }
  }

  private static int bits(PageBytes page, int block) throws CorruptDataException {
    int at = Page.HEADER_SIZE + block / BLOCKS_PER_BYTE;
    return (page.unsignedByte(at) >> (block % BLOCKS_PER_BYTE * 2)) & 3;
  }
}
