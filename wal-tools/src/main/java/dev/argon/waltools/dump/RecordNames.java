package dev.argon.waltools.dump;

/// What kinds of records are called, for reports of other tools.
public final class RecordNames {

  private RecordNames() {}

  /// The name that `pg_waldump` prints, or the number of a kind it does not know.
  ///
  /// @param info of `xl_info`, the resource manager's bits
  public static String of(int resourceManager, int info) {
    String name = RecordDescriptions.of(resourceManager).name(info);
    return name.isEmpty() ? "%02X".formatted(info) : name;
  }
}
