package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.page.Page;

/// GiST pages (gist.h): node sequence number, right link, flags; index tuples.
final class GistDescription implements PageDescription {

  private static final int SPECIAL = Page.SIZE - 16;

  private static final String[] FLAGS = {
    "LEAF", "DELETED", "TUPLES_DELETED", "FOLLOW_RIGHT", "HAS_GARBAGE"
  };

  private static final int LEAF = 1;
  private static final int DELETED = 1 << 1;

  /// A tuple of an interrupted insertion of before 9.1.
  private static final int TUPLE_IS_INVALID = 0xFFFE;

  @Override
  public void describe(PageBytes page, long block, PageReport report) throws CorruptDataException {
    int flags = page.unsignedShort(SPECIAL + 12);
    PageReport.Row row = report.fields("gist");
    row.add("nsn", page.lsn(SPECIAL)).add("rightlink", page.unsignedInt(SPECIAL + 8));
    row.add("flags", FlagNames.of(flags, FLAGS));
    row.add("page_id", Integer.toHexString(page.unsignedShort(SPECIAL + 14)));
    if ((flags & DELETED) != 0) {
      if (Page.lower(page.raw()) >= Page.HEADER_SIZE + 8) {
        row.add("delete_xid", page.fullTransactionId(Page.HEADER_SIZE));
      }
      return;
    }
    boolean leaf = (flags & LEAF) != 0;
    PageItems.describe(
        page,
        report,
        (_, at, length, item) -> {
          IndexTupleFields.describeWhole(page, at, length, item);
          if (!leaf) {
            item.add("downlink", page.tidBlock(at));
            item.add("valid", page.tidOffset(at) != TUPLE_IS_INVALID);
          }
        });
  }
}
