package dev.argon.postgres;

/// Which relation on disk (`RelFileNode`, relfilenode.h): tablespace, database, file number. All
/// three are unsigned 32-bit object ids. Database 0 holds the shared catalogs.
public record RelFileNode(int spcNode, int dbNode, int relNode) {

  /// `base/`: the tablespace `pg_default`.
  public static final int DEFAULT_TABLESPACE = 1663;

  /// `global/`: the tablespace `pg_global`.
  public static final int GLOBAL_TABLESPACE = 1664;

  /// PostgreSQL's order in messages: `1663/13757/16384`.
  @Override
  public String toString() {
    return Integer.toUnsignedString(spcNode)
        + '/'
        + Integer.toUnsignedString(dbNode)
        + '/'
        + Integer.toUnsignedString(relNode);
  }
}
