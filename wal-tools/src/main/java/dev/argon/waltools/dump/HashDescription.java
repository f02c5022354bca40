package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Hash (hash_xlog.h).
final class HashDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x00 -> "INIT_META_PAGE";
      case 0x10 -> "INIT_BITMAP_PAGE";
      case 0x20 -> "INSERT";
      case 0x30 -> "ADD_OVFL_PAGE";
      case 0x40 -> "SPLIT_ALLOCATE_PAGE";
      case 0x50 -> "SPLIT_PAGE";
      case 0x60 -> "SPLIT_COMPLETE";
      case 0x70 -> "MOVE_PAGE_CONTENTS";
      case 0x80 -> "SQUEEZE_PAGE";
      case 0x90 -> "DELETE";
      case 0xA0 -> "SPLIT_CLEANUP";
      case 0xB0 -> "UPDATE_META_PAGE";
      case 0xC0 -> "VACUUM_ONE_PAGE";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x00 -> {
        text.add("num_tuples ").floating(data.floating(0));
        text.add(", fillfactor ").signed(data.unsignedShort(12));
      }
      case 0x10 -> text.add("bmsize ").signed(data.unsignedShort(0));
      case 0x20 -> text.add("off ").signed(data.unsignedShort(0));
      case 0x30 -> {
        text.add("bmsize ").signed(data.unsignedShort(0));
        text.add(", bmpage_found ").letter(data.flag(2));
      }
      case 0x40 -> {
        text.add("new_bucket ").unsigned(data.integer(0));
        text.add(", meta_page_masks_updated ").letter((data.unsignedByte(8) & 1) != 0);
        text.add(", issplitpoint_changed ").letter((data.unsignedByte(8) & 2) != 0);
      }
      case 0x60 -> {
        text.add("old_bucket_flag ").signed(data.unsignedShort(0));
        text.add(", new_bucket_flag ").signed(data.unsignedShort(2));
      }
      case 0x70 -> {
        text.add("ntups ").signed(data.unsignedShort(0));
        text.add(", is_primary ").letter(data.flag(2));
      }
      case 0x80 -> {
        text.add("prevblkno ").unsigned(data.integer(0));
        text.add(", nextblkno ").unsigned(data.integer(4));
        text.add(", ntups ").signed(data.unsignedShort(8));
        text.add(", is_primary ").letter(data.flag(10));
      }
      case 0x90 -> {
        text.add("clear_dead_marking ").letter(data.flag(0));
        text.add(", is_primary ").letter(data.flag(1));
      }
      case 0xB0 -> text.add("ntuples ").floating(data.floating(0));
      case 0xC0 -> {
        text.add("ntuples ").signed(data.integer(4));
        text.add(", latestRemovedXid ").unsigned(data.integer(0));
      }
      default -> {
        // Nothing is said of the others.
      }
    }
  }
}
