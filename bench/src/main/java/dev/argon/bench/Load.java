package dev.argon.bench;

import java.util.Locale;

/// What is measured.
enum Load {
  /// pgbench's TPC-B-like transaction: a commit each.
  TPCB("tps", "transactions per second, pgbench TPC-B"),
  /// The latency of a transaction that inserts one row, with one client.
  COMMIT("us", "median latency of a transaction that inserts a row, one client; less is better"),
  /// pgbench's select by primary key.
  SELECT("tps", "transactions per second, pgbench select-only"),
  /// COPY of rows into an empty table, committed.
  COPY("MB/s", "MB of text per second, COPY into an empty table"),
  /// A sequential scan after a restart: on Argon nothing is on the local disk.
  SEQSCAN("MB/s", "MB per second, sequential scan of pgbench_accounts after a restart");

  private final String unit;
  private final String meaning;

  Load(String unit, String meaning) {
    this.unit = unit;
    this.meaning = meaning;
  }

  String unit() {
    return unit;
  }

  String meaning() {
    return meaning;
  }

  /// @throws BenchException naming those there are
  static Load parse(String text) throws BenchException {
    for (Load load : values()) {
      if (load.name().toLowerCase(Locale.ROOT).equals(text)) {
        return load;
      }
    }
    throw new BenchException("no load " + text + ": tpcb, commit, select, copy or seqscan");
  }
}
