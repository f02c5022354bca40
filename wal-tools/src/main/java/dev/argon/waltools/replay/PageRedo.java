package dev.argon.waltools.replay;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.Redo;
import dev.argon.redo.RedoSettings;
import dev.argon.redo.UnsupportedRecordException;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// What one thread does to the pages that are its own: redo by PostgreSQL's rules for images, page
/// LSNs and missing pages (`XLogReadBufferForRedoExtended`), then the comparison with the image
/// that the record carries for it (`verifyBackupPageConsistency`).
final class PageRedo {

  /// `XLR_CHECK_CONSISTENCY`.
  private static final int CHECK_CONSISTENCY = 0x02;

  private static final int HEAP2_VISIBLE = 0x40;
  private static final byte[] NO_PAGE = {};

  final RecordCounts counts = new RecordCounts();
  final Findings findings = new Findings();

  /// Findings that a later record may resolve; the dispatcher takes them away.
  final List<Finding> invalid = new ArrayList<>();

  private RedoSettings settings;
  private boolean strict;

  private final byte[] image = new byte[PageCache.PAGE_SIZE];
  private final byte[] masked = new byte[PageCache.PAGE_SIZE];
  private final ByteBuffer imagePage = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer maskedPage = ByteBuffer.wrap(masked).order(ByteOrder.LITTLE_ENDIAN);

  PageRedo(RedoSettings settings) {
    this.settings = settings;
  }

  /// From the next record on. Only while no batch is under way.
  void change(RedoSettings newSettings, boolean nowStrict) {
    settings = newSettings;
    strict = nowStrict;
  }

  /// Whether the page may be missing, or new, because redo makes it: an image, an initialisation,
  /// or a block of the visibility map (`RBM_ZERO_ON_ERROR` in `heap_xlog_visible`).
  static boolean mayBeMissing(WalRecord record, int i) {
    return record.blockImageApplies(i)
        || record.blockWillInit(i)
        || (record.resourceManager() == ResourceManager.HEAP2
            && record.info() == HEAP2_VISIBLE
            && record.blockId(i) == 0);
  }

  /// Applies a record to one of its blocks.
  void apply(ByteBuffer page, WalRecord record, int i, long recordLsn, long endLsn)
      throws UnsupportedRecordException {
    int kind = RecordCounts.kind(record.resourceManager(), record.info());
    boolean restores = record.blockImageApplies(i);
    if (!restores && !record.blockWillInit(i)) {
      if (PageHeader.isNew(page) && !mayBeMissing(record, i)) {
        missing(record, i, recordLsn, endLsn, "is a page of zeros");
        return;
      }
      if (Long.compareUnsigned(PageHeader.lsn(page), endLsn) >= 0) {
        counts.skipped[kind]++;
        if (strict) {
          tooNew(page, record, i, recordLsn, endLsn);
        } else {
          compare(page, record, i, recordLsn, endLsn, kind);
        }
        return;
      }
    }
    try {
      Redo.apply(page, record, i, endLsn, settings);
    } catch (CorruptDataException e) {
      String reason = String.valueOf(e.getMessage());
      findings.add(
          finding(Finding.Kind.REDO_FAILED, record, i, recordLsn, endLsn, reason, -1, NO_PAGE));
      adopt(page, record, i, endLsn);
      return;
    }
    if (restores) {
      counts.restored[kind]++;
    } else {
      counts.changed[kind]++;
      if ((record.rawInfo() & CHECK_CONSISTENCY) != 0) {
        compare(page, record, i, recordLsn, endLsn, kind);
      }
    }
  }

  /// The block of the record cannot be changed because it does not exist.
  void missing(WalRecord record, int i, long recordLsn, long endLsn, String what) {
    Finding finding =
        finding(Finding.Kind.INVALID_PAGE, record, i, recordLsn, endLsn, what, -1, NO_PAGE);
    if (strict) {
      findings.add(finding);
    } else {
      invalid.add(finding);
    }
  }

  private void tooNew(ByteBuffer page, WalRecord record, int i, long recordLsn, long endLsn) {
    String reason =
        "page has LSN " + dev.argon.postgres.Lsn.toString(PageHeader.lsn(page)) + " already";
    findings.add(
        finding(Finding.Kind.TOO_NEW, record, i, recordLsn, endLsn, reason, -1, copyOf(page)));
  }

  // A page newer than the record cannot be compared.
  private void compare(
      ByteBuffer page, WalRecord record, int i, long recordLsn, long endLsn, int kind) {
    if ((record.rawInfo() & CHECK_CONSISTENCY) == 0
        || !record.blockHasImage(i)
        || Long.compareUnsigned(PageHeader.lsn(page), endLsn) > 0) {
      return;
    }
    try {
      record.blockImage(i, image);
      page.get(0, masked);
      int block = record.blockNumber(i);
      if (Redo.mask(maskedPage, record.resourceManager(), block)) {
        Redo.mask(imagePage, record.resourceManager(), block);
      }
    } catch (CorruptDataException e) {
      counts.different[kind]++;
      String reason = "not comparable: " + e.getMessage();
      findings.add(
          finding(Finding.Kind.MISMATCH, record, i, recordLsn, endLsn, reason, -1, copyOf(page)));
      return;
    }
    int offset = java.util.Arrays.mismatch(masked, image);
    if (offset < 0) {
      counts.equal[kind]++;
      return;
    }
    counts.different[kind]++;
    String reason =
        "byte %d is %02X, the server's is %02X".formatted(offset, masked[offset], image[offset]);
    findings.add(
        finding(Finding.Kind.MISMATCH, record, i, recordLsn, endLsn, reason, offset, copyOf(page)));
    adopt(page, record, i, endLsn);
  }

  // What went wrong is said once: later records go on from the server's page, if we have it.
  private void adopt(ByteBuffer page, WalRecord record, int i, long endLsn) {
    if (!record.blockHasImage(i)) {
      return;
    }
    try {
      record.blockImage(i, image);
    } catch (CorruptDataException _) {
      return; // The finding stands; the page stays as it is.
    }
    page.put(0, image);
    if (!PageHeader.isNew(page)) {
      PageHeader.setLsn(page, endLsn); // the image was taken before the server set it
    }
  }

  private byte[] copyOf(ByteBuffer page) {
    if (!findings.isRoom()) {
      return NO_PAGE;
    }
    byte[] copy = new byte[PageCache.PAGE_SIZE];
    page.get(0, copy);
    return copy;
  }

  private Finding finding(
      Finding.Kind kind,
      WalRecord record,
      int i,
      long recordLsn,
      long endLsn,
      String reason,
      int offset,
      byte[] replayed) {
    byte[] expected = NO_PAGE;
    if (replayed.length > 0 && record.blockHasImage(i)) {
      expected = new byte[PageCache.PAGE_SIZE];
      try {
        record.blockImage(i, expected);
      } catch (CorruptDataException _) {
        expected = NO_PAGE; // The reason says so already.
      }
    }
    return new Finding(
        kind,
        record.resourceManager(),
        record.info(),
        recordLsn,
        endLsn,
        record.blockRelation(i),
        record.blockFork(i),
        record.blockNumber(i),
        reason,
        offset,
        replayed,
        expected);
  }
}
