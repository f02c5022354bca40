package dev.argon.postgres.wal;

/// The resource managers of PostgreSQL 15 (rmgrlist.h) as the numbers that stand in records: who
/// wrote a record and whose redo applies it. Ids from [#CUSTOM_MIN] belong to extensions.
public final class ResourceManager {

  public static final int XLOG = 0;
  public static final int XACT = 1;
  public static final int SMGR = 2;
  public static final int CLOG = 3;
  public static final int DBASE = 4;
  public static final int TBLSPC = 5;
  public static final int MULTIXACT = 6;
  public static final int RELMAP = 7;
  public static final int STANDBY = 8;
  public static final int HEAP2 = 9;
  public static final int HEAP = 10;
  public static final int BTREE = 11;
  public static final int HASH = 12;
  public static final int GIN = 13;
  public static final int GIST = 14;
  public static final int SEQ = 15;
  public static final int SPGIST = 16;
  public static final int BRIN = 17;
  public static final int COMMIT_TS = 18;
  public static final int REPLORIGIN = 19;
  public static final int GENERIC = 20;
  public static final int LOGICALMSG = 21;

  /// The first id extensions may use (`RM_MIN_CUSTOM_ID`).
  public static final int CUSTOM_MIN = 128;

  /// `XLOG_SWITCH` (pg_control.h): the rest of the segment is unused. The decoder has to know it.
  public static final int XLOG_SWITCH = 0x40;

  private static final String[] NAMES = {
    "XLOG",
    "Transaction",
    "Storage",
    "CLOG",
    "Database",
    "Tablespace",
    "MultiXact",
    "RelMap",
    "Standby",
    "Heap2",
    "Heap",
    "Btree",
    "Hash",
    "Gin",
    "Gist",
    "Sequence",
    "SPGist",
    "BRIN",
    "CommitTs",
    "ReplicationOrigin",
    "Generic",
    "LogicalMessage"
  };

  private ResourceManager() {}

  /// Whether a record may carry this id.
  public static boolean isValid(int id) {
    return id >= 0 && (id < NAMES.length || (id >= CUSTOM_MIN && id <= 255));
  }

  /// The name `pg_waldump` prints; custom and unknown managers by number.
  public static String name(int id) {
    return id >= 0 && id < NAMES.length ? NAMES[id] : "custom" + id;
  }
}
