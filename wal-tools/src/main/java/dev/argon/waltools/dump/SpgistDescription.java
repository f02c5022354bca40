package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// SPGist (spgxlog.h).
final class SpgistDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x10 -> "ADD_LEAF";
      case 0x20 -> "MOVE_LEAFS";
      case 0x30 -> "ADD_NODE";
      case 0x40 -> "SPLIT_TUPLE";
      case 0x50 -> "PICKSPLIT";
      case 0x60 -> "VACUUM_LEAF";
      case 0x70 -> "VACUUM_ROOT";
      case 0x80 -> "VACUUM_REDIRECT";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x10 -> {
        addNumbers(text, data, "off: ", 2, ", headoff: ", 4, ", parentoff: ", 6, ", nodeI: ", 8);
        addMarks(text, data, 0, " (newpage)", 1, " (nulls)");
      }
      case 0x20 -> {
        addNumbers(text, data, "nmoves: ", 0, ", parentoff: ", 6, ", nodeI: ", 8);
        addMarks(text, data, 2, " (newpage)", 3, " (replacedead)", 4, " (nulls)");
      }
      case 0x30 -> {
        addNumbers(text, data, "off: ", 0, ", newoff: ", 2);
        text.add(", parentBlk: ").signed(data.signedByte(5));
        addNumbers(text, data, ", parentoff: ", 6, ", nodeI: ", 8);
        addMarks(text, data, 4, " (newpage)");
      }
      case 0x40 -> {
        addNumbers(text, data, "prefixoff: ", 0, ", postfixoff: ", 2);
        addMarks(text, data, 4, " (newpage)", 5, " (same)");
      }
      case 0x50 -> {
        addNumbers(text, data, "ndelete: ", 2, ", ninsert: ", 4, ", inneroff: ", 8);
        addNumbers(text, data, ", parentoff: ", 14, ", nodeI: ", 16);
        addMarks(text, data, 12, " (innerIsParent)", 11, " (nulls)", 0, " (isRootSplit)");
      }
      case 0x60 -> {
        addNumbers(text, data, "ndead: ", 0, ", nplaceholder: ", 2);
        addNumbers(text, data, ", nmove: ", 4, ", nchain: ", 6);
      }
      case 0x70 -> addNumbers(text, data, "ndelete: ", 0);
      case 0x80 -> {
        addNumbers(text, data, "ntoplaceholder: ", 0, ", firstplaceholder: ", 2);
        text.add(", newestredirectxid: ").unsigned(data.integer(4));
      }
      default -> {
        // Nothing is said of the others.
      }
    }
  }

  /// Labels, each with the offset of its 16-bit number.
  private static void addNumbers(
      DescriptionText text, RecordFields data, Object... labelsAndOffsets)
      throws CorruptDataException {
    for (int i = 0; i < labelsAndOffsets.length; i += 2) {
      text.add((String) labelsAndOffsets[i]);
      text.signed(data.unsignedShort((Integer) labelsAndOffsets[i + 1]));
    }
  }

  /// Offsets of flags, each with the mark that a set flag gets.
  private static void addMarks(DescriptionText text, RecordFields data, Object... offsetsAndMarks)
      throws CorruptDataException {
    for (int i = 0; i < offsetsAndMarks.length; i += 2) {
      if (data.flag((Integer) offsetsAndMarks[i])) {
        text.add((String) offsetsAndMarks[i + 1]);
      }
    }
  }
}
