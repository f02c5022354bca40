package dev.argon.redo.endstate;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.redo.PageOwner;
import dev.argon.redo.Redo;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;

/// Two versions of one page of a relation: LSN, visibility, and the rest under the mask of the
/// access method, which the special space tells.
final class PageComparison {

  private static final int PAGE_SIZE = PageHeader.PAGE_SIZE;

  /// Where SP-GiST's meta page remembers pages with free space; never logged (`SpGistMetaPageData`:
  /// magic number, then `SpGistLUPCache`).
  private static final int SPGIST_CACHE = PageHeader.SIZE + 4;

  private static final int SPGIST_CACHE_SIZE = 8 * 8;

  /// Pages that were written first and logged as images then keep what they had in the server's
  /// file: 0 (initialisation forks) or 1 (`GistBuildLSN` of a sorted build).
  private static final long FIRST_LSN = 2;

  private final Findings findings;
  private final boolean mapMayLackBits;

  PageComparison(Findings findings, boolean mapMayLackBits) {
    this.findings = findings;
    this.mapMayLackBits = mapMayLackBits;
  }

  /// Compares; both pages are masked afterwards.
  ///
  /// @return what differs, or nothing
  String compare(ByteBuffer actual, ByteBuffer expected, RelFileNode relation, int fork, int block)
      throws CorruptDataException {
    findings.pages++;
    if (fork == Fork.VISIBILITY_MAP) {
      findings.visibilityMapPages++;
      return compareMap(actual, expected);
    }
    if (PageHeader.isNew(expected)) {
      return actual.mismatch(expected) < 0 ? "" : "expected zeros";
    }
    if (PageHeader.isNew(actual)) {
      return compareUnused(expected);
    }
    if (SequenceValue.isOn(expected) && SequenceValue.isOn(actual)) {
      findings.sequence(relation, SequenceValue.of(actual), SequenceValue.of(expected));
      return "";
    }
    int manager = PageOwner.resourceManager(expected, block);
    if (manager == ResourceManager.HEAP) {
      findings.heapPages++;
      if (((PageHeader.flags(actual) ^ PageHeader.flags(expected)) & PageHeader.ALL_VISIBLE) != 0) {
        return "PD_ALL_VISIBLE differs";
      }
    }
    if (Long.compareUnsigned(PageHeader.lsn(expected), FIRST_LSN) < 0) {
      findings.pagesWithoutLsn++;
    } else if (PageHeader.lsn(actual) != PageHeader.lsn(expected)) {
      return differentLsn(actual, expected);
    }
    if (manager == ResourceManager.SPGIST && block == 0) {
      PageHeader.zero(actual, SPGIST_CACHE, SPGIST_CACHE_SIZE);
      PageHeader.zero(expected, SPGIST_CACHE, SPGIST_CACHE_SIZE);
    }
    Redo.mask(actual, manager, block);
    Redo.mask(expected, manager, block);
    return different(actual, expected, 0);
  }

  /// A page may have been extended and initialised without anything ever put there.
  private String compareUnused(ByteBuffer expected) {
    if (PageHeader.lsn(expected) == 0 && PageHeader.lower(expected) <= PageHeader.SIZE) {
      findings.unusedPages++;
      return "";
    }
    return "page of zeros, expected one with LSN " + Lsn.toString(PageHeader.lsn(expected));
  }

  private String compareMap(ByteBuffer actual, ByteBuffer expected) {
    if (mapMayLackBits) {
      for (int i = PageHeader.SIZE; i < PAGE_SIZE; i++) {
        expected.put(i, (byte) (expected.get(i) & actual.get(i)));
      }
    } else if (PageHeader.lsn(actual) != PageHeader.lsn(expected)) {
      return differentLsn(actual, expected);
    }
    return different(actual, expected, PageHeader.SIZE);
  }

  private static String differentLsn(ByteBuffer actual, ByteBuffer expected) {
    return "LSN %s, expected %s"
        .formatted(Lsn.toString(PageHeader.lsn(actual)), Lsn.toString(PageHeader.lsn(expected)));
  }

  private static String different(ByteBuffer actual, ByteBuffer expected, int from) {
    int length = PAGE_SIZE - from;
    int at = actual.slice(from, length).mismatch(expected.slice(from, length));
    return at < 0
        ? ""
        : "byte %d is %02X, expected %02X"
            .formatted(from + at, actual.get(from + at), expected.get(from + at));
  }
}
