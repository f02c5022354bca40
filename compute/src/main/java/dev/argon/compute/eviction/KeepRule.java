package dev.argon.compute.eviction;

import dev.argon.compute.memory.SharedMemoryLayout;
import dev.argon.postgres.Fork;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.redo.PageOwner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;

/// Decides from a block's flags and its bytes whether it may be dropped.
///
/// Stock WAL does not carry everything that is on a page: command ids, combo command ids and
/// speculative tokens in heap tuples, a vacuum's cycle id on b-tree pages, values that a sequence
/// handed out ahead, most of the maps, and pages of index builds until their end. A block with such
/// contents stays as long as somebody could miss them.
///
/// None of this is on a page that a replica wrote: it applies WAL and nothing else. There a block
/// stays as long as the record in replay at its last write may not be over: only the file knows
/// whether it is on the page.
///
/// @param transactionHorizonLsn no transaction that wrote WAL at or before it runs any more
/// @param vacuumHorizonLsn no b-tree vacuum that began before it is still running
/// @param replayLsn of a replica, all WAL before it is applied; empty for a server that writes
public record KeepRule(long transactionHorizonLsn, long vacuumHorizonLsn, OptionalLong replayLsn) {

  static final int PAGE_SIZE = 8192;

  // PageHeaderData of bufpage.h.
  private static final int LSN_HIGH = 0;
  private static final int LSN_LOW = 4;
  private static final int PD_UPPER = 14;
  private static final int PD_SPECIAL = 16;
  private static final int HEADER_SIZE = 24;

  /// WAL begins with the second segment, and segments have at least 1 MiB: no record ends below.
  /// Index builds mark pages that are not logged yet with 0 or small numbers.
  private static final long FIRST_REAL_LSN = 1 << 20;

  /// `btpo_cycleid` of BTPageOpaqueData, nbtree.h.
  private static final int BTREE_CYCLE_AT = PAGE_SIZE - 2;

  /// `ItemIdData` of itemid.h: the offset in the lower 15 bits.
  private static final int ITEM_OFFSET_MASK = 0x7FFF;

  /// `t_hoff` of HeapTupleHeaderData; then `last_value` i64, `log_cnt` i64.
  private static final int TUPLE_HEADER_SIZE_AT = 22;

  private static final int LOG_COUNT_AT = 8;

  /// Of a server that writes.
  public KeepRule(long transactionHorizonLsn, long vacuumHorizonLsn) {
    this(transactionHorizonLsn, vacuumHorizonLsn, OptionalLong.empty());
  }

  /// Of a replica.
  public static KeepRule replayed(long replayLsn) {
    return new KeepRule(replayLsn, replayLsn, OptionalLong.of(replayLsn));
  }

  /// Decides without the page where that is possible; empty if the bytes must be looked at.
  ///
  /// @param boundLsn after which the block was not changed here
  Optional<Verdict> byFlags(int word, int database, int fork, long boundLsn) {
    if (replayLsn.isEmpty()) {
      return byFlags(word, database, fork);
    }
    boolean settled =
        (word & SharedMemoryLayout.F_WRITTEN) == 0
            || Long.compareUnsigned(boundLsn, replayLsn.getAsLong()) <= 0;
    return Optional.of(settled ? Verdict.DROP : Verdict.KEEP_REPLAY);
  }

  /// Decides without the page where that is possible; empty if the bytes must be looked at.
  static Optional<Verdict> byFlags(int word, int database, int fork) {
    if ((word & SharedMemoryLayout.F_WRITTEN) == 0 || (word & SharedMemoryLayout.F_IMAGED) != 0) {
      return Optional.of(Verdict.DROP);
    }
    if (database == 0) {
      return Optional.of(Verdict.KEEP_SHARED_CATALOG);
    }
    return fork == Fork.FREE_SPACE_MAP || fork == Fork.VISIBILITY_MAP
        ? Optional.of(Verdict.KEEP_MAP)
        : Optional.empty();
  }

  /// Decides by the bytes of a block that was written here and is of a main or init fork.
  ///
  /// @param page 8192 bytes from index 0, little-endian
  /// @param block its number in the fork
  public Verdict judge(ByteBuffer page, int block) {
    if (page.order() != ByteOrder.LITTLE_ENDIAN || page.limit() != PAGE_SIZE) {
      throw new IllegalArgumentException("not a page: " + page);
    }
    if (isZero(page, 0, PAGE_SIZE)) {
      return Verdict.ZERO;
    }
    int special = Short.toUnsignedInt(page.getShort(PD_SPECIAL));
    long lsn =
        Integer.toUnsignedLong(page.getInt(LSN_HIGH)) << 32
            | Integer.toUnsignedLong(page.getInt(LSN_LOW));
    if (Long.compareUnsigned(lsn, FIRST_REAL_LSN) < 0) {
      return isEmptyHeapPage(page, special) ? Verdict.DROP : Verdict.KEEP_LOW_LSN;
    }
    return switch (PageOwner.resourceManager(page, block)) {
      case ResourceManager.SEQ -> sequenceIsAhead(page) ? Verdict.KEEP_SEQUENCE : Verdict.DROP;
      case ResourceManager.HEAP ->
          Long.compareUnsigned(lsn, transactionHorizonLsn) > 0
              ? Verdict.KEEP_TRANSACTION
              : Verdict.DROP;
      case ResourceManager.BTREE ->
          page.getShort(BTREE_CYCLE_AT) != 0 && Long.compareUnsigned(lsn, vacuumHorizonLsn) > 0
              ? Verdict.KEEP_VACUUM
              : Verdict.DROP;
      default -> Verdict.DROP;
    };
  }

  /// A heap page that was initialised and got no tuples is as good as a new one to whoever finds
  /// it. An index page is not: a running build comes back to pages that it has only initialised.
  private static boolean isEmptyHeapPage(ByteBuffer page, int special) {
    return special == PAGE_SIZE && isZero(page, HEADER_SIZE, PAGE_SIZE);
  }

  /// A sequence that cannot be read is one that is kept.
  private static boolean sequenceIsAhead(ByteBuffer page) {
    int upper = Short.toUnsignedInt(page.getShort(PD_UPPER));
    int tuple = page.getInt(HEADER_SIZE) & ITEM_OFFSET_MASK;
    if (tuple < HEADER_SIZE || tuple > PAGE_SIZE - HEADER_SIZE || tuple < upper) {
      return true;
    }
    int data = tuple + Byte.toUnsignedInt(page.get(tuple + TUPLE_HEADER_SIZE_AT));
    return data > PAGE_SIZE - LOG_COUNT_AT - Long.BYTES || page.getLong(data + LOG_COUNT_AT) != 0;
  }

  private static boolean isZero(ByteBuffer page, int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      if (page.getLong(at) != 0) {
        return false;
      }
    }
    for (; at < to; at++) {
      if (page.get(at) != 0) {
        return false;
      }
    }
    return true;
  }
}
