package dev.argon.waltools.verify;

/// What a kind of record is called in the report.
final class KindNames {

  private KindNames() {}

  static String of(int resourceManager, int info) {
    return "%02X".formatted(info);
  }
}
