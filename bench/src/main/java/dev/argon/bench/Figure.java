package dev.argon.bench;

/// What one measurement of one side gave.
///
/// @param value in the load's unit
/// @param transactions how many there were; 0 if the load has none worth counting
/// @param tail the 99th percentile, where the value is a latency; else 0
record Figure(double value, long transactions, double tail) {

  static Figure of(double value) {
    return new Figure(value, 0, 0);
  }
}
