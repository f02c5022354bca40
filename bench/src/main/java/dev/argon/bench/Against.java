package dev.argon.bench;

import java.util.Locale;

/// What Argon is compared with.
enum Against {
  /// A server whose commits wait for its own disk.
  STOCK,
  /// A server whose commits wait for its own disk and for that of one of two synchronous receivers:
  /// what survives the loss of a machine, as with Argon.
  RECEIVERS;

  /// @throws BenchException naming those there are
  static Against parse(String text) throws BenchException {
    for (Against against : values()) {
      if (against.word().equals(text)) {
        return against;
      }
    }
    throw new BenchException("--against " + text + ": stock or receivers");
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
