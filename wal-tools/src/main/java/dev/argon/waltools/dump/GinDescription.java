package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// Gin (ginxlog.h).
final class GinDescription implements RecordDescription {

  @Override
  public String name(int info) {
    return switch (info & 0xF0) {
      case 0x10 -> "CREATE_PTREE";
      case 0x20 -> "INSERT";
      case 0x30 -> "SPLIT";
      case 0x40 -> "VACUUM_PAGE";
      case 0x90 -> "VACUUM_DATA_LEAF_PAGE";
      case 0x50 -> "DELETE_PAGE";
      case 0x60 -> "UPDATE_META_PAGE";
      case 0x70 -> "INSERT_LISTPAGE";
      case 0x80 -> "DELETE_LISTPAGE";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);

    switch (record.info()) {
      case 0x20 -> describeInsert(record, data, text);
      case 0x30 -> {
        int flags = data.unsignedShort(24);
        text.add("isrootsplit: ").letter((flags & ROOT) != 0).add(' ');
        addPageKind(flags, text);
      }
      case 0x90 -> {
        if (!describeImage(record, text)) {
          describeRecompression(RecordFields.ofBlock(record, 0), text);
        }
      }
      // Behind GinMetaPageData.
      case 0x80 -> text.add("ndeleted: ").signed(data.integer(56));
      default -> {
        // Nothing is said of the others.
      }
    }
  }

  private static final int IS_DATA = 0x01;
  private static final int IS_LEAF = 0x02;
  private static final int ROOT = 0x04;

  private static final int SEGMENT_DELETE = 1;
  private static final int SEGMENT_INSERT = 2;
  private static final int SEGMENT_REPLACE = 3;
  private static final int SEGMENT_ADD_ITEMS = 4;

  private static void addPageKind(int flags, DescriptionText text) {
    text.add("isdata: ").letter((flags & IS_DATA) != 0);
    text.add(" isleaf: ").letter((flags & IS_LEAF) != 0);
  }

  /// `ginxlogInsert`: an entry, posting items of a leaf, or a downlink.
  private static void describeInsert(WalRecord record, RecordFields data, DescriptionText text)
      throws CorruptDataException {
    int flags = data.unsignedShort(0);
    addPageKind(flags, text);
    if ((flags & IS_LEAF) == 0) {
      text.add(" children: ").unsigned(data.block(2)).add('/').unsigned(data.block(6));
    }
    if (describeImage(record, text)) {
      return;
    }
    RecordFields payload = RecordFields.ofBlock(record, 0);
    if ((flags & IS_DATA) == 0) {
      text.add(" isdelete: ").letter(payload.flag(2));
    } else if ((flags & IS_LEAF) != 0) {
      describeRecompression(payload, text);
    } else {
      text.add(" pitem: ").unsigned(payload.block(2)).add('-').unsigned(payload.block(6));
      text.add('/').signed(payload.unsignedShort(10));
    }
  }

  /// Answers whether the first block has an image; then its data need not be there.
  private static boolean describeImage(WalRecord record, DescriptionText text) {
    int index = record.blockIndexOf(0);
    if (index < 0 || !record.blockHasImage(index)) {
      return false;
    }
    text.add(
        record.blockImageApplies(index)
            ? " (full page image)"
            : " (full page image, for WAL verification)");
    return true;
  }

  /// `ginxlogRecompressDataLeaf`: what happens to each of a leaf's posting lists.
  private static void describeRecompression(RecordFields payload, DescriptionText text)
      throws CorruptDataException {
    int actions = payload.unsignedShort(0);
    text.add(' ').signed(actions).add(" segments:");
    int at = 2;
    for (int i = 0; i < actions; i++) {
      int segment = payload.unsignedByte(at);
      int action = payload.unsignedByte(at + 1);
      at += 2;
      text.add(' ').signed(segment);
      switch (action) {
        case SEGMENT_ADD_ITEMS -> {
          int items = payload.unsignedShort(at);
          at += 2 + 6 * items;
          text.add(" (add ").signed(items).add(" items)");
        }
        case SEGMENT_DELETE -> text.add(" (delete)");
        case SEGMENT_INSERT, SEGMENT_REPLACE -> {
          int size = payload.unsignedShort(at + 6);
          at += 8 + size + (size & 1);
          text.add(action == SEGMENT_INSERT ? " (insert)" : " (replace)");
        }
        default -> {
          text.add(" unknown action ").signed(action).add(" ???");
          return;
        }
      }
    }
  }
}
