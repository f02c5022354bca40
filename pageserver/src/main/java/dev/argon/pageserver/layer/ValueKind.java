package dev.argon.pageserver.layer;

/// What a version's bytes are; part of the file format.
public final class ValueKind {

  /// The whole value. For a page an empty one means zeros, for other keys "dropped".
  public static final int IMAGE = 0;

  /// A WAL record that changes the page.
  public static final int RECORD = 1;

  /// A WAL record that needs no older page.
  public static final int INIT_RECORD = 2;

  /// A change without a block reference.
  public static final int CHANGE = 3;

  private ValueKind() {}

  /// Whether older versions do not matter.
  public static boolean initialises(int kind) {
    return kind == IMAGE || kind == INIT_RECORD;
  }
}
