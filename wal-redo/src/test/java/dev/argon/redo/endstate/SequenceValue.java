package dev.argon.redo.endstate;

import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import java.nio.ByteBuffer;

/// The one tuple of a sequence (`FormData_pg_sequence_data`, sequence.h: last_value int64, log_cnt
/// int64, is_called bool).
///
/// @param logCount how many values after `lastValue` are logged already
record SequenceValue(long lastValue, long logCount, boolean isCalled) {

  /// `SEQ_MAGIC` of sequence.c.
  private static final int MAGIC = 0x1717;

  /// Header of a heap tuple without nulls.
  private static final int TUPLE_HEADER = 24;

  /// Whether this is the page of a sequence.
  static boolean isOn(ByteBuffer page) {
    int special = PageHeader.special(page);
    return special == PageHeader.PAGE_SIZE - Long.BYTES
        && page.getLong(special) == MAGIC
        && PageItems.count(page) == 1;
  }

  static SequenceValue of(ByteBuffer page) {
    int at = LinePointer.offset(PageItems.pointer(page, 1)) + TUPLE_HEADER;
    return new SequenceValue(page.getLong(at), page.getLong(at + 8), page.get(at + 16) != 0);
  }

  /// The last value the log knows.
  long last(long increment) {
    return lastValue + logCount * increment;
  }
}
