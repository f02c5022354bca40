package dev.argon.pageservice;

import dev.argon.postgres.RelFileNode;

/// Where a value is filed: 128 bits, as two unsigned longs, on disk 16 bytes big-endian, so that
/// the order of the bytes is the order of the keys.
///
/// | bits (of 128, from the highest) | field |
/// |---|---|
/// | 4 | kind ([Kind]) |
/// | 26 | tablespace |
/// | 32 | database |
/// | 32 | relation |
/// | 2 | fork |
/// | 32 | block |
///
/// What the fields mean for kinds other than relation blocks stands at [Kind]. A tablespace's
/// object id must be below 2^26; the two that a cluster begins with are 1663 and 1664.
public record PageKey(long high, long low) implements Comparable<PageKey> {

  /// What is filed; the order is part of the format.
  public enum Kind {
    /// A page: tablespace, database, relation, fork, block.
    RELATION_BLOCK(0),
    /// A fork's size, same fields, block 0: u32 blocks, or empty when dropped.
    RELATION_SIZE(1),
    /// Where older blocks end to count, same fields, block 0: u32, all blocks from here on were
    /// cut.
    RELATION_CUT(2),
    /// A database directory: tablespace, database; one byte, or empty when dropped.
    DATABASE(3),
    /// A relation map: tablespace, database; the file, or empty when dropped.
    RELATION_MAP(4),
    /// An SLRU page: tablespace is the SLRU's number, block the page.
    SLRU_PAGE(5),
    /// An SLRU segment's size: tablespace is the SLRU's number, block the segment; u32 pages, or
    /// empty when dropped.
    SLRU_SEGMENT(6),
    /// A prepared transaction: block is its id; the state file, or empty when ended.
    TWO_PHASE(7),
    /// A replication origin: block is its id; u64 LSN.
    REPLICATION_ORIGIN(8),
    /// An auxiliary file: 66 bits of a hash of its path in relation, fork and database.
    AUXILIARY_FILE(9),
    /// The `CheckPoint` struct as of the key's LSN.
    CHECKPOINT(10),
    /// The control file of the cluster's beginning.
    CONTROL_FILE(11),
    /// The greatest commit time so far: i64 microseconds since 2000-01-01 UTC.
    COMMIT_TIME(12),
    /// Ends of WAL records within one MiB of WAL: database and relation are the LSN divided by
    /// 2^20.
    RECORD_ENDS(13),
    /// Block 0: a shutdown checkpoint ended here, one byte. Block 1 ([PageKey#ONLINE_CHECKPOINT]):
    /// an online checkpoint's record ended here; u64 its start, then its `CheckPoint` struct.
    SHUTDOWN_CHECKPOINT(14);

    private static final Kind[] ALL = values();

    private final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  /// Where the last checkpoint that was made by a running server is filed. A timeline that was
  /// written by a version before this key has none until its next checkpoint.
  public static final PageKey ONLINE_CHECKPOINT = of(Kind.SHUTDOWN_CHECKPOINT, 0, 0, 0, 0, 1);

  /// The largest tablespace that fits.
  public static final int TABLESPACE_MAX = (1 << 26) - 1;

  /// A key of any kind from its fields.
  ///
  /// @throws IllegalArgumentException if the tablespace or fork does not fit
  public static PageKey of(
      Kind kind, int tablespace, int database, int relation, int fork, int block) {
    return new PageKey(high(kind, tablespace, database, relation), low(relation, fork, block));
  }

  public static PageKey relationBlock(RelFileNode relation, int fork, int block) {
    return of(
        Kind.RELATION_BLOCK,
        relation.spcNode(),
        relation.dbNode(),
        relation.relNode(),
        fork,
        block);
  }

  public static PageKey relationSize(RelFileNode relation, int fork) {
    return of(
        Kind.RELATION_SIZE, relation.spcNode(), relation.dbNode(), relation.relNode(), fork, 0);
  }

  public static PageKey relationCut(RelFileNode relation, int fork) {
    return of(
        Kind.RELATION_CUT, relation.spcNode(), relation.dbNode(), relation.relNode(), fork, 0);
  }

  /// A key of which only kind, a small number and a 32-bit number count.
  public static PageKey numbered(Kind kind, int group, int number) {
    return of(kind, group, 0, 0, 0, number);
  }

  /// The smallest key of a kind.
  public static PageKey firstOf(Kind kind) {
    return new PageKey((long) kind.code << 60, 0);
  }

  /// The largest key of a kind.
  public static PageKey lastOf(Kind kind) {
    return new PageKey(((long) kind.code << 60) | ((1L << 60) - 1), -1L);
  }

  /// The upper half of a key, for code that carries keys without an object.
  public static long high(Kind kind, int tablespace, int database, int relation) {
    if (tablespace < 0 || tablespace > TABLESPACE_MAX) {
      throw new IllegalArgumentException(
          "tablespace " + Integer.toUnsignedString(tablespace) + " is above " + TABLESPACE_MAX);
    }
    return ((long) kind.code << 60)
        | ((long) tablespace << 34)
        | ((database & 0xFFFFFFFFL) << 2)
        | (relation >>> 30);
  }

  /// The lower half of a key.
  public static long low(int relation, int fork, int block) {
    if ((fork & ~3) != 0) {
      throw new IllegalArgumentException("no such fork: " + fork);
    }
    return ((relation & 0x3FFFFFFFL) << 34) | ((long) fork << 32) | (block & 0xFFFFFFFFL);
  }

  /// What is filed here.
  ///
  /// @throws IllegalArgumentException if the bits are of no kind
  public Kind kind() {
    int ordinal = (int) (high >>> 60);
    if (ordinal >= Kind.ALL.length) {
      throw new IllegalArgumentException("no such kind of key: " + ordinal);
    }
    return Kind.ALL[ordinal];
  }

  public int tablespace() {
    return (int) (high >>> 34) & TABLESPACE_MAX;
  }

  public int database() {
    return (int) (high >>> 2);
  }

  public int relation() {
    return ((int) high << 30) | ((int) (low >>> 34) & 0x3FFFFFFF);
  }

  public int fork() {
    return (int) (low >>> 32) & 3;
  }

  public int block() {
    return (int) low;
  }

  public RelFileNode relationNode() {
    return new RelFileNode(tablespace(), database(), relation());
  }

  /// The order of keys given as halves.
  public static int compare(long highA, long lowA, long highB, long lowB) {
    int byHigh = Long.compareUnsigned(highA, highB);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(lowA, lowB);
  }

  @Override
  public int compareTo(PageKey other) {
    return compare(high, low, other.high, other.low);
  }

  /// For messages: kind and fields.
  @Override
  public String toString() {
    return kind()
        + " "
        + relationNode()
        + " fork "
        + fork()
        + " block "
        + Integer.toUnsignedString(block());
  }
}
