package dev.argon.postgres;

/// The forks of a relation (`ForkNumber`, relpath.h), as plain numbers because they are part of
/// keys.
public final class Fork {

  public static final int MAIN = 0;
  public static final int FREE_SPACE_MAP = 1;
  public static final int VISIBILITY_MAP = 2;
  public static final int INIT = 3;

  /// How many forks a relation can have.
  public static final int COUNT = 4;

  private Fork() {}

  /// What PostgreSQL appends to a relation's file name: nothing for the main fork.
  public static String fileSuffix(int fork) {
    return switch (fork) {
      case MAIN -> "";
      case FREE_SPACE_MAP -> "_fsm";
      case VISIBILITY_MAP -> "_vm";
      case INIT -> "_init";
      default -> throw new IllegalArgumentException("no such fork: " + fork);
    };
  }
}
