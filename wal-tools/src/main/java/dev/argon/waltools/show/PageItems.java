package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.page.ItemId;
import dev.argon.postgres.page.Page;

/// The line pointers of a page, each a row of the section `items` with what lies where it points.
final class PageItems {

  private static final String[] STATES = {"unused", "normal", "redirect", "dead"};

  /// Adds what a tuple says of itself to its row.
  @FunctionalInterface
  interface TupleDescription {
    /// @param at where the tuple begins
    /// @param length of the tuple, by its line pointer; it lies on the page
    void describe(int offsetNumber, int at, int length, PageReport.Row row)
        throws CorruptDataException;
  }

  private PageItems() {}

  /// How many line pointers there are, at most as many as fit.
  static int count(PageBytes page) {
    int lower = Math.min(Page.lower(page.raw()), Page.SIZE);
    return lower <= Page.HEADER_SIZE ? 0 : (lower - Page.HEADER_SIZE) / ItemId.SIZE;
  }

  static void describe(PageBytes page, PageReport report, TupleDescription tuples) {
    int count = count(page);
    for (int number = 1; number <= count; number++) {
      int offsetNumber = number;
      int item = Page.itemId(page.raw(), number);
      int at = ItemId.offset(item);
      int length = ItemId.length(item);
      PageReport.Row row = report.row("items");
      row.add("off", number).add("state", STATES[ItemId.state(item)]);
      if (ItemId.state(item) == ItemId.REDIRECT) {
        row.add("to", at);
      } else if (item != 0) {
        row.add("at", at).add("length", length);
      }
      if (length == 0 || ItemId.state(item) == ItemId.REDIRECT) {
        continue;
      }
      report.attempt(
          "item " + number,
          () -> {
            if (at < Page.HEADER_SIZE || at + length > Page.SIZE) {
              throw new CorruptDataException(length + " bytes at " + at + " are not on the page");
            }
            tuples.describe(offsetNumber, at, length, row);
          });
    }
  }
}
