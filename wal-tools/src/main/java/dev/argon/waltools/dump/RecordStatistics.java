package dev.argon.waltools.dump;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.waltools.JsonLine;

/// How many records of which kind there are and how large: the table of `pg_waldump --stats`.
final class RecordStatistics {

  private static final int MANAGERS = 256;
  private static final int KINDS = 16;

  /// The kinds of Transaction records are three bits; the fourth says that flags follow.
  private static final int TRANSACTION_KIND_MASK = 0x07;

  private final boolean perRecord;
  private final long[] counts = new long[MANAGERS * KINDS];
  private final long[] recordSizes = new long[MANAGERS * KINDS];
  private final long[] imageSizes = new long[MANAGERS * KINDS];
  private long startLsn;
  private long endLsn;
  private boolean anything;

  /// @param perRecord rows for kinds of records, else for resource managers
  RecordStatistics(boolean perRecord) {
    this.perRecord = perRecord;
  }

  /// Where reading began, whether or not the record there counts.
  void begin(long lsn) {
    startLsn = lsn;
  }

  void add(WalRecord record, long recordEndLsn) {
    int manager = record.resourceManager();
    int kind = record.info() >> 4;
    if (manager == ResourceManager.XACT) {
      kind &= TRANSACTION_KIND_MASK;
    }
    int at = manager * KINDS + kind;
    int images = RecordText.imageLength(record);
    counts[at]++;
    recordSizes[at] += record.length() - images;
    imageSizes[at] += images;
    endLsn = recordEndLsn;
    anything = true;
  }

  private record Row(String name, long count, long recordSize, long imageSize) {
    long size() {
      return recordSize + imageSize;
    }
  }

  /// The table; nothing if there were no records.
  String text() {
    if (!anything) {
      return "";
    }
    Row total = sum("Total", 0, MANAGERS * KINDS);
    StringBuilder text = new StringBuilder();
    text.append("WAL statistics between ").append(Lsn.toString(startLsn));
    text.append(" and ").append(Lsn.toString(endLsn)).append(":\n");
    String heading = "%-27s %20s %8s %20s %8s %20s %8s %20s %8s\n";
    Object[] titles = {
      "Type", "N", "(%)", "Record size", "(%)", "FPI size", "(%)", "Combined size", "(%)"
    };
    text.append(heading.formatted(titles));
    Object[] lines = new Object[titles.length];
    for (int i = 0; i < titles.length; i++) {
      lines[i] = "-".repeat(titles[i].toString().length());
    }
    text.append(heading.formatted(lines));
    forEachRow(row -> text.append(tableRow(row, total)));
    String dashes = "--------";
    text.append(
        "%-27s %20s %8s %20s %8s %20s %8s %20s\n"
            .formatted("", dashes, "", dashes, "", dashes, "", dashes));
    text.append(
        "%-27s %20d %-9s%20d %-9s%20d %-9s%20d %-6s\n"
            .formatted(
                "Total",
                total.count,
                "",
                total.recordSize,
                "[%s%%]".formatted(percent(total.recordSize, total.size())),
                total.imageSize,
                "[%s%%]".formatted(percent(total.imageSize, total.size())),
                total.size(),
                "[100%]"));
    return text.toString();
  }

  private static String tableRow(Row row, Row total) {
    return "%-27s %20d (%6s) %20d (%6s) %20d (%6s) %20d (%6s)\n"
        .formatted(
            row.name,
            row.count,
            percent(row.count, total.count),
            row.recordSize,
            percent(row.recordSize, total.recordSize),
            row.imageSize,
            percent(row.imageSize, total.imageSize),
            row.size(),
            percent(row.size(), total.size()));
  }

  /// `%.02f` as C rounds it: the exact value of the double, half to even.
  private static String percent(long part, long whole) {
    double value = whole == 0 ? 0 : 100 * (double) part / whole;
    return new java.math.BigDecimal(value)
        .setScale(2, java.math.RoundingMode.HALF_EVEN)
        .toPlainString();
  }

  /// One object per row.
  String json() {
    StringBuilder text = new StringBuilder();
    JsonLine line = new JsonLine();
    forEachRow(row -> text.append(jsonRow(line, row)).append('\n'));
    return text.toString();
  }

  private static String jsonRow(JsonLine line, Row row) {
    line.clear().beginObject().field("type", row.name).field("count", row.count);
    line.field("record_size", row.recordSize).field("fpi_size", row.imageSize);
    return line.field("combined_size", row.size()).endObject().toString();
  }

  private void forEachRow(java.util.function.Consumer<Row> rows) {
    for (int manager = 0; manager < MANAGERS; manager++) {
      if (!ResourceManager.isValid(manager)) {
        continue;
      }
      String name = RecordText.managerName(manager);
      if (!perRecord) {
        Row row = sum(name, manager * KINDS, (manager + 1) * KINDS);
        if (row.count > 0 || manager < RecordDescriptions.BUILT_IN_COUNT) {
          rows.accept(row);
        }
        continue;
      }
      for (int kind = 0; kind < KINDS; kind++) {
        int at = manager * KINDS + kind;
        if (counts[at] > 0) {
          rows.accept(sum(name + "/" + RecordText.kind(manager, kind << 4), at, at + 1));
        }
      }
    }
  }

  private Row sum(String name, int from, int to) {
    long count = 0;
    long recordSize = 0;
    long imageSize = 0;
    for (int i = from; i < to; i++) {
      count += counts[i];
      recordSize += recordSizes[i];
      imageSize += imageSizes[i];
    }
    return new Row(name, count, recordSize, imageSize);
  }
}
