package dev.argon.bench;

/// One measurement of one side.
///
/// @param cpuMicros processor time for a transaction, user and system, of all the side's processes;
///   0 if the load has no transactions
record Measurement(Figure figure, double cpuMicros) {

  static Measurement of(Figure figure, long cpuMicros) {
    return new Measurement(
        figure, figure.transactions() == 0 ? 0 : (double) cpuMicros / figure.transactions());
  }
}
