package dev.argon.bench;

/// One measurement of one side.
///
/// @param cpuMicros processor time for a transaction, user and system, of all the side's processes;
///   0 if the load has no transactions
/// @param requestedPages reads that had to go to the pageserver; 0 on stock
record Measurement(Figure figure, double cpuMicros, long requestedPages) {

  static Measurement of(Figure figure, long cpuMicros, long requestedPages) {
    return new Measurement(
        figure,
        figure.transactions() == 0 ? 0 : (double) cpuMicros / figure.transactions(),
        requestedPages);
  }
}
