package dev.argon.redo.effect;

/// The SLRUs that outlive a server. The order is the number in keys and on the wire (Neon's).
public enum Slru {
  CLOG("pg_xact"),
  MULTIXACT_MEMBERS("pg_multixact/members"),
  MULTIXACT_OFFSETS("pg_multixact/offsets");

  private final String directory;

  Slru(String directory) {
    this.directory = directory;
  }

  /// Where its segments lie in a data directory.
  public String directory() {
    return directory;
  }
}
