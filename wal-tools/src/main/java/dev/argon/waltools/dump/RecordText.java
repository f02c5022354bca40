package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;
import java.time.ZoneId;

/// A record as the line that `pg_waldump` prints for it. One object for all records, one thread.
public final class RecordText {

  private static final int NAME_WIDTH = 11;
  private static final int LENGTH_WIDTH = 6;
  private static final int TRANSACTION_WIDTH = 10;

  /// As [dev.argon.postgres.Fork] numbers them.
  private static final String[] FORK_NAMES = {"main", "fsm", "vm", "init"};

  private final DescriptionText text;
  private final boolean imageDetails;

  /// @param zone in which times are shown
  /// @param imageDetails whether block references get lines of their own that say more of images
  public RecordText(ZoneId zone, boolean imageDetails) {
    text = new DescriptionText(zone);
    this.imageDetails = imageDetails;
  }

  /// The line, with its end; good until the next call.
  ///
  /// @param startLsn where the record begins
  public CharSequence line(WalRecord record, long startLsn) {
    text.clear();
    text.add("rmgr: ").add(RecordDescriptions.managerName(record.resourceManager()));
    for (int i = text.length(); i < "rmgr: ".length() + NAME_WIDTH; i++) {
      text.add(' ');
    }
    text.add(" len (rec/tot): ").padded(record.length() - imageLength(record), LENGTH_WIDTH);
    text.add('/').padded(record.length(), LENGTH_WIDTH);
    text.add(", tx: ").padded(record.transactionId() & 0xFFFF_FFFFL, TRANSACTION_WIDTH);
    text.add(", lsn: ").paddedLsn(startLsn).add(", prev ").paddedLsn(record.prevLsn());
    text.add(", desc: ").add(kind(record.resourceManager(), record.rawInfo())).add(' ');
    addDescription(record);
    if (imageDetails) {
      addDetailedBlocks(record);
    } else {
      addBlocks(record);
    }
    return text.characters();
  }

  /// What the record's own data says, without names and blocks.
  public String description(WalRecord record) {
    text.clear();
    addDescription(record);
    return text.toString();
  }

  /// The name of a kind of record: `INSERT`, or `UNKNOWN (f0)`.
  ///
  /// @param info `xl_info`, whole
  public static String kind(int resourceManager, int info) {
    String name = RecordDescriptions.of(resourceManager).name(info);
    return name.isEmpty() ? "UNKNOWN (" + Integer.toHexString(info & 0xF0) + ")" : name;
  }

  /// The name of a resource manager; extensions' have only numbers.
  public static String managerName(int resourceManager) {
    return RecordDescriptions.managerName(resourceManager);
  }

  static String forkName(int fork) {
    return FORK_NAMES[fork];
  }

  /// How much of the record is images.
  static int imageLength(WalRecord record) {
    int length = 0;
    for (int i = 0; i < record.blockCount(); i++) {
      length += record.blockImageLength(i);
    }
    return length;
  }

  private void addDescription(WalRecord record) {
    try {
      RecordDescriptions.of(record.resourceManager()).describe(record, text);
    } catch (CorruptDataException e) {
      text.add(" (does not fit its kind: ").add(String.valueOf(e.getMessage())).add(")");
    }
  }

  private void addBlocks(WalRecord record) {
    for (int i = 0; i < record.blockCount(); i++) {
      text.add(", ");
      addReference(record, i, record.blockFork(i) != 0);
      if (record.blockHasImage(i)) {
        text.add(record.blockImageApplies(i) ? " FPW" : " FPW for WAL verification");
      }
    }
    text.add('\n');
  }

  private void addReference(WalRecord record, int i, boolean withFork) {
    text.add("blkref #").signed(record.blockId(i)).add(": rel ");
    text.unsigned(record.blockSpcNode(i)).add('/').unsigned(record.blockDbNode(i)).add('/');
    text.unsigned(record.blockRelNode(i));
    if (withFork) {
      text.add(" fork ").add(forkName(record.blockFork(i)));
    }
    text.add(" blk ").unsigned(record.blockNumber(i));
  }

  private void addDetailedBlocks(WalRecord record) {
    text.add('\n');
    for (int i = 0; i < record.blockCount(); i++) {
      text.add('\t');
      addReference(record, i, true);
      if (record.blockHasImage(i)) {
        text.add(record.blockImageApplies(i) ? " (FPW)" : " (FPW for WAL verification)");
        int hole = record.blockHoleLength(i);
        text.add("; hole: offset: ").signed(record.blockHoleOffset(i));
        text.add(", length: ").signed(hole);
        String method = compression(record.blockImageInfo(i));
        if (!method.isEmpty()) {
          int saved = WalRecord.PAGE_SIZE - hole - record.blockImageLength(i);
          text.add(", compression saved: ").unsigned(saved).add(", method: ").add(method);
        }
      }
      text.add('\n');
    }
  }

  /// Empty if the image is not compressed.
  static String compression(int imageInfo) {
    if ((imageInfo & WalRecord.IMAGE_COMPRESS_PGLZ) != 0) {
      return "pglz";
    }
    if ((imageInfo & WalRecord.IMAGE_COMPRESS_LZ4) != 0) {
      return "lz4";
    }
    return (imageInfo & WalRecord.IMAGE_COMPRESS_ZSTD) != 0 ? "zstd" : "";
  }
}
