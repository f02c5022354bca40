package dev.argon.redo.fuzz;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.Redo;
import dev.argon.redo.RedoSettings;
import dev.argon.redo.UnsupportedRecordException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// A changed record meets a changed page: `Redo.apply`, then `Redo.mask` of what came out.
///
/// Some of the pages that come out are kept and met by later records, so that states arise which no
/// server writes. Some pairs are redone again with other memory around the record, which must not
/// make a difference.
final class RedoTarget {

  private static final int PAGE_SIZE = 8192;
  private static final int KEPT_PAGES = 256;
  private static final int AROUND_RECORD = 64;
  private static final byte[] ZEROS = new byte[PAGE_SIZE];

  private final Corpus corpus;
  private final Choices choices;
  private final RecordMutation records;
  private final PageMutation pages;
  private final GuardedPage page = new GuardedPage();
  private final GuardedPage again = new GuardedPage();
  private final WalRecord record = new WalRecord();
  private final WalRecord sameRecord = new WalRecord();
  private final byte[][] kept = new byte[KEPT_PAGES][];

  /// The input of the last execution, for a report.
  byte[] lastRecord = {};

  final byte[] lastPage = new byte[PAGE_SIZE];
  int lastBlockIndex;
  long lastEndLsn;
  boolean lastHintBitsLogged;

  long applied;
  long refused;
  long undecodable;
  final long[] appliedByManager = new long[256];

  RedoTarget(Corpus corpus, Choices choices) {
    this.corpus = corpus;
    this.choices = choices;
    records = new RecordMutation(choices);
    pages = new PageMutation(choices);
  }

  void execute() {
    Corpus.Seed seed = corpus.any(choices);
    Corpus.Seed sibling = corpus.sibling(seed, choices);
    byte[] bytes = seed.record();
    if (!choices.oneIn(4)) {
      bytes = records.apply(seed, sibling);
    }
    page.set(choosePage(seed, sibling));
    if (!choices.oneIn(3)) {
      pages.apply(page.exact(), sibling.page());
    }
    if (choices.oneIn(512)) {
      fillAtRandom();
    }
    lastRecord = bytes;
    if (!decodes(bytes)) {
      undecodable++;
      return;
    }
    int wanted = choices.oneIn(8) ? choices.below(record.blockCount()) : seed.blockIndex();
    int index = Math.min(wanted, record.blockCount() - 1);
    if (index < 0) {
      undecodable++;
      return;
    }
    long endLsn = choices.oneIn(16) ? choices.bits() * 0x1_0000_0001L : seed.endLsn();
    redo(bytes, index, endLsn, choices.oneIn(2));
  }

  private boolean decodes(byte[] bytes) {
    try {
      record.reset(bytes, 0, bytes.length);
      return true;
    } catch (CorruptDataException _) {
      return false;
    }
  }

  private byte[] choosePage(Corpus.Seed seed, Corpus.Seed sibling) {
    int choice = choices.below(32);
    if (choice < 22) {
      return seed.page();
    }
    if (choice < 25) {
      return sibling.page();
    }
    if (choice < 27) {
      return corpus.any(choices).page();
    }
    byte[] earlier = kept[choices.below(KEPT_PAGES)];
    return choice < 31 && earlier != null ? earlier : ZEROS;
  }

  private void fillAtRandom() {
    ByteBuffer bytes = page.exact();
    for (int i = 0; i < PAGE_SIZE; i += 4) {
      bytes.putInt(i, choices.bits());
    }
  }

  /// Redoes one pair and checks everything around it.
  ///
  /// @param bytes a record that decodes, whole
  void redo(byte[] bytes, int index, long endLsn, boolean hintBitsLogged) {
    boolean keeps = choices.oneIn(16);
    boolean repeats = choices.oneIn(16);
    page.copyTo(lastPage);
    lastRecord = bytes;
    lastBlockIndex = index;
    lastEndLsn = endLsn;
    lastHintBitsLogged = hintBitsLogged;
    byte[] before = bytes.clone();
    RedoSettings settings = new RedoSettings(hintBitsLogged);
    ByteBuffer buffer = choices.oneIn(2) ? page.exact() : page.open();

    String outcome = apply(buffer, record, index, endLsn, settings);
    if (outcome.isEmpty()) {
      applied++;
      appliedByManager[record.resourceManager()]++;
    } else {
      refused++;
    }
    if (!page.intact()) {
      throw new FindingError("redo wrote outside the page");
    }
    if (!Arrays.equals(bytes, before)) {
      throw new FindingError("redo changed the record");
    }
    if (repeats) {
      repeat(bytes, index, endLsn, settings, outcome);
    }
    if (outcome.isEmpty()) {
      if (keeps) {
        kept[choices.below(KEPT_PAGES)] = page.copy();
      }
      mask(buffer, record, index);
      if (!page.intact()) {
        throw new FindingError("a mask wrote outside the page");
      }
    }
  }

  private static String apply(
      ByteBuffer buffer, WalRecord record, int index, long endLsn, RedoSettings settings) {
    try {
      Redo.apply(buffer, record, index, endLsn, settings);
      return "";
    } catch (CorruptDataException | UnsupportedRecordException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void mask(ByteBuffer buffer, WalRecord record, int index) {
    try {
      Redo.mask(buffer, record.resourceManager(), record.blockNumber(index));
    } catch (CorruptDataException _) {
      // A page that redo left need not be one that a mask can read.
    }
  }

  private void repeat(byte[] bytes, int index, long endLsn, RedoSettings settings, String outcome) {
    byte[] larger = new byte[bytes.length + 2 * AROUND_RECORD];
    Arrays.fill(larger, (byte) choices.bits());
    System.arraycopy(bytes, 0, larger, AROUND_RECORD, bytes.length);
    try {
      sameRecord.reset(larger, AROUND_RECORD, bytes.length);
    } catch (CorruptDataException e) {
      throw new FindingError("the record decodes only where it lay: " + e.getMessage());
    }
    again.set(lastPage);
    String same = apply(again.exact(), sameRecord, index, endLsn, settings);
    if (!same.equals(outcome)) {
      throw new FindingError("first '%s', then '%s'".formatted(outcome, same));
    }
    if (outcome.isEmpty() && !page.sameAs(again)) {
      throw new FindingError("two redos of the same record and page made different pages");
    }
  }
}
