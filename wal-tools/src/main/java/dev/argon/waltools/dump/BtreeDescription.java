package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Btree (nbtxlog.h).
final class BtreeDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "INSERT_LEAF";
      case 0x10 -> "INSERT_UPPER";
      case 0x20 -> "INSERT_META";
      case 0x30 -> "SPLIT_L";
      case 0x40 -> "SPLIT_R";
      case 0x50 -> "INSERT_POST";
      case 0x60 -> "DEDUP";
      case 0x70 -> "DELETE";
      case 0x80 -> "UNLINK_PAGE";
      case 0x90 -> "UNLINK_PAGE_META";
      case 0xA0 -> "NEWROOT";
      case 0xB0 -> "MARK_PAGE_HALFDEAD";
      case 0xC0 -> "VACUUM";
      case 0xD0 -> "REUSE_PAGE";
      case 0xE0 -> "META_CLEANUP";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x00, 0x10, 0x20, 0x50 -> text.add("off ").signed(data.unsignedShort(0));
      case 0x30, 0x40 -> {
        text.add("level ").unsigned(data.integer(0));
        text.add(", firstrightoff ").signed(data.unsignedShort(4));
        text.add(", newitemoff ").signed(data.unsignedShort(6));
        text.add(", postingoff ").signed(data.unsignedShort(8));
      }
      case 0x60 -> text.add("nintervals ").signed(data.unsignedShort(0));
      case 0x70 -> {
        text.add("latestRemovedXid ").unsigned(data.integer(0));
        text.add("; ndeleted ").signed(data.unsignedShort(4));
        text.add("; nupdated ").signed(data.unsignedShort(6));
      }
      case 0x80, 0x90 -> describeUnlink(data, text);
      case 0xA0 -> text.add("lev ").unsigned(data.integer(4));
      case 0xB0 -> {
        text.add("topparent ").unsigned(data.integer(16)).add("; leaf ").unsigned(data.integer(4));
        text.add("; left ").unsigned(data.integer(8)).add("; right ").unsigned(data.integer(12));
      }
      case 0xC0 -> {
        text.add("ndeleted ").signed(data.unsignedShort(0));
        text.add("; nupdated ").signed(data.unsignedShort(2));
      }
      case 0xD0 -> {
        text.add("rel ").relation(data, 0);
        text.add("; latestRemovedXid ").fullTransactionId(data.longInteger(16));
      }
      case 0xE0 ->
          text.add("last_cleanup_num_delpages ")
              .unsigned(RecordFields.ofBlock(record, 0).integer(20));
      default -> {
        // Nothing is said of the others.
      }
    }
  }

  /// `xl_btree_unlink_page`.
  private static void describeUnlink(RecordFields data, DescriptionText text)
      throws CorruptDataException {
    text.add("left ").unsigned(data.integer(0)).add("; right ").unsigned(data.integer(4));
    text.add("; level ").unsigned(data.integer(8));
    text.add("; safexid ").fullTransactionId(data.longInteger(16));
    text.add("; leafleft ").unsigned(data.integer(24));
    text.add("; leafright ").unsigned(data.integer(28));
    text.add("; leaftopparent ").unsigned(data.integer(32));
  }
}
