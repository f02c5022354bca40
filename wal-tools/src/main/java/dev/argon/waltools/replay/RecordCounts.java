package dev.argon.waltools.replay;

/// Counts by resource manager and info. One object per thread, added up at the end.
public final class RecordCounts {

  /// Resource manager (8 bits) and the high four bits of info.
  private static final int KINDS = 1 << 12;

  final long[] records = new long[KINDS];
  final long[] changed = new long[KINDS];
  final long[] restored = new long[KINDS];
  final long[] skipped = new long[KINDS];
  final long[] equal = new long[KINDS];
  final long[] different = new long[KINDS];

  RecordCounts() {}

  static int kind(int resourceManager, int info) {
    return resourceManager << 4 | info >>> 4;
  }

  void add(RecordCounts other) {
    for (int kind = 0; kind < KINDS; kind++) {
      records[kind] += other.records[kind];
      changed[kind] += other.changed[kind];
      restored[kind] += other.restored[kind];
      skipped[kind] += other.skipped[kind];
      equal[kind] += other.equal[kind];
      different[kind] += other.different[kind];
    }
  }

  /// Of one kind of record.
  ///
  /// @param changed blocks that redo changed
  /// @param restored blocks whose full-page image was restored
  /// @param skipped blocks that were newer than the record already
  /// @param equal blocks that were compared with the log's image and are equal
  /// @param different blocks that were compared and are not
  public record Row(
      int resourceManager,
      int info,
      long records,
      long changed,
      long restored,
      long skipped,
      long equal,
      long different) {}

  /// The kinds that occurred, in order.
  public java.util.List<Row> rows() {
    java.util.List<Row> rows = new java.util.ArrayList<>();
    for (int kind = 0; kind < KINDS; kind++) {
      if (records[kind] > 0) {
        rows.add(
            new Row(
                kind >>> 4,
                (kind & 0xF) << 4,
                records[kind],
                changed[kind],
                restored[kind],
                skipped[kind],
                equal[kind],
                different[kind]));
      }
    }
    return rows;
  }
}
