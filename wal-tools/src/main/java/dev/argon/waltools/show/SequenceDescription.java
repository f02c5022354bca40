package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.page.HeapTupleHeader;

/// Sequences (`sequence_magic`, sequence.c): one heap tuple of last value, values left without WAL,
/// and whether the last value was handed out.
final class SequenceDescription implements PageDescription {

  private static final int DATA_SIZE = 17;

  @Override
  public void describe(PageBytes page, long block, PageReport report) throws CorruptDataException {
    report.fields("sequence").add("magic", Long.toHexString(page.unsignedInt(8184)));
    PageItems.describe(
        page,
        report,
        (_, at, length, row) -> {
          HeapDescription.describeTuple(page, at, length, row);
          int data = at + page.unsignedByte(at + HeapTupleHeader.OFFSET_HOFF);
          if (data + DATA_SIZE > at + length) {
            throw new CorruptDataException("too short for a sequence");
          }
          row.add("last_value", page.longInteger(data)).add("log_cnt", page.longInteger(data + 8));
          row.add("is_called", page.unsignedByte(data + 16) != 0);
        });
  }
}
