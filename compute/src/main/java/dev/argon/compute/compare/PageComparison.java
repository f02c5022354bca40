package dev.argon.compute.compare;

import dev.argon.compute.compare.PageResult.Different;
import dev.argon.compute.compare.PageResult.LeftOut;
import dev.argon.compute.compare.PageResult.Reason;
import dev.argon.compute.compare.PageResult.Same;
import dev.argon.compute.compare.PageResult.Subject;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.redo.PageOwner;
import dev.argon.redo.Redo;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Two versions of one page: LSN, visibility, and the rest under the mask with which PostgreSQL
/// compares pages of this access method (`wal_consistency_checking`). Scratch memory for one
/// thread.
public final class PageComparison {

  private static final int PAGE_SIZE = PageHeader.PAGE_SIZE;

  /// WAL begins with the second segment, and segments have at least 1 MiB: no record ends below.
  /// Index builds mark pages that are not logged yet with 0 or small numbers.
  private static final long FIRST_REAL_LSN = 1 << 20;

  /// Where SP-GiST's meta page remembers pages with free space; never logged (`SpGistMetaPageData`:
  /// magic number, then `SpGistLUPCache`).
  private static final int SPGIST_CACHE = PageHeader.SIZE + 4;

  private static final int SPGIST_CACHE_SIZE = 8 * 8;

  /// `pd_flags` of PageHeaderData.
  private static final int FLAGS_OFFSET = 10;

  /// Header of a heap tuple without nulls; then `last_value` i64, `log_cnt` i64.
  private static final int SEQUENCE_LOG_COUNT = 24 + 8;

  private final ByteBuffer maskedLocal = newPage();
  private final ByteBuffer maskedRemote = newPage();

  static ByteBuffer newPage() {
    return ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Compares; neither page is changed.
  ///
  /// @param local 8192 bytes at index 0, little-endian, as `remote`
  /// @param block number in the fork
  /// @param settled whether nobody can have changed the page since it was written to the file; if
  ///   not, the pageserver may have a newer version than the file and only the same version counts
  public PageResult compare(
      ByteBuffer local, ByteBuffer remote, int fork, int block, boolean settled) {
    if (fork == Fork.VISIBILITY_MAP) {
      int at = mismatch(local, remote, PageHeader.SIZE);
      return at < 0 ? new Same(Subject.VISIBILITY_MAP) : different(local, remote, at, "");
    }
    if (isZero(local)) {
      int at = mismatch(local, remote, 0);
      if (at < 0) {
        return new Same(Subject.ZERO);
      }
      return settled ? different(local, remote, at, "") : new LeftOut(Reason.NEWER_IN_BUFFER);
    }
    long localLsn = PageHeader.lsn(local);
    if (Long.compareUnsigned(localLsn, FIRST_REAL_LSN) < 0) {
      return new LeftOut(Reason.NO_LSN_YET);
    }
    int order = Long.compareUnsigned(localLsn, PageHeader.lsn(remote));
    if (!settled && order < 0) {
      return new LeftOut(Reason.NEWER_IN_BUFFER);
    }
    if (!settled && PageHeader.lsn(remote) == 0 && isZero(remote)) {
      return new LeftOut(Reason.NOTHING_THERE);
    }
    int manager = PageOwner.resourceManager(local, block);
    if (manager == ResourceManager.SEQ && isAhead(local)) {
      return new LeftOut(Reason.SEQUENCE_AHEAD);
    }
    if (order != 0) {
      return different(local, remote, mismatch(local, remote, 0), "other LSN, ");
    }
    if (manager == ResourceManager.HEAP) {
      int visible = PageHeader.flags(local) & PageHeader.ALL_VISIBLE;
      int remoteVisible = PageHeader.flags(remote) & PageHeader.ALL_VISIBLE;
      // Setting it moves no LSN; clearing it comes with a change that does.
      if (visible == 0 && remoteVisible != 0 && !settled) {
        return new LeftOut(Reason.NEWER_IN_BUFFER);
      }
      if (visible != remoteVisible) {
        return different(local, remote, FLAGS_OFFSET, "PD_ALL_VISIBLE, ");
      }
    }
    return compareMasked(local, remote, manager, block);
  }

  /// A page that should be at the pageserver and is not.
  static Different lost(ByteBuffer local, ByteBuffer remote) {
    return different(local, remote, mismatch(local, remote, 0), "nothing there, ");
  }

  private PageResult compareMasked(ByteBuffer local, ByteBuffer remote, int manager, int block) {
    maskedLocal.put(0, local, 0, PAGE_SIZE);
    maskedRemote.put(0, remote, 0, PAGE_SIZE);
    if (manager == ResourceManager.SPGIST && block == 0) {
      PageHeader.zero(maskedLocal, SPGIST_CACHE, SPGIST_CACHE_SIZE);
      PageHeader.zero(maskedRemote, SPGIST_CACHE, SPGIST_CACHE_SIZE);
    }
    int at;
    try {
      boolean _ = Redo.mask(maskedLocal, manager, block);
      boolean _ = Redo.mask(maskedRemote, manager, block);
      at = mismatch(maskedLocal, maskedRemote, 0);
    } catch (CorruptDataException e) {
      at = mismatch(local, remote, 0);
      return at < 0
          ? new Same(subject(manager))
          : different(local, remote, at, "broken page: " + e.getMessage() + ", ");
    }
    return at < 0 ? new Same(subject(manager)) : different(local, remote, at, "");
  }

  private static boolean isZero(ByteBuffer page) {
    for (int i = 0; i < PAGE_SIZE; i += Long.BYTES) {
      if (page.getLong(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private static int mismatch(ByteBuffer local, ByteBuffer remote, int from) {
    int length = PAGE_SIZE - from;
    int at = local.slice(from, length).mismatch(remote.slice(from, length));
    return at < 0 ? at : from + at;
  }

  private static Different different(ByteBuffer local, ByteBuffer remote, int at, String what) {
    return new Different(
        at,
        "%sbyte %d is %02X and not %02X; LSN here %s, there %s"
            .formatted(
                what,
                at,
                local.get(at),
                remote.get(at),
                Lsn.toString(PageHeader.lsn(local)),
                Lsn.toString(PageHeader.lsn(remote))));
  }

  /// A sequence that cannot be read is not ahead: it will differ.
  private static boolean isAhead(ByteBuffer page) {
    if (PageItems.count(page) != 1) {
      return false;
    }
    int at = LinePointer.offset(PageItems.pointer(page, 1)) + SEQUENCE_LOG_COUNT;
    return at <= PAGE_SIZE - Long.BYTES && page.getLong(at) != 0;
  }

  private static Subject subject(int manager) {
    return switch (manager) {
      case ResourceManager.BTREE -> Subject.BTREE;
      case ResourceManager.HASH -> Subject.HASH;
      case ResourceManager.GIN -> Subject.GIN;
      case ResourceManager.GIST -> Subject.GIST;
      case ResourceManager.SPGIST -> Subject.SPGIST;
      case ResourceManager.BRIN -> Subject.BRIN;
      case ResourceManager.GENERIC -> Subject.GENERIC;
      case ResourceManager.SEQ -> Subject.SEQUENCE;
      default -> Subject.HEAP;
    };
  }
}
