package dev.argon.redo.fuzz;

import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.WalRecord;
import java.util.Arrays;

/// Changes a record: mostly so that it still decodes, sometimes any of its bytes.
final class RecordMutation {

  private static final int OFFSET_TRANSACTION = 4;
  private static final int OFFSET_INFO = 16;
  private static final int OFFSET_MANAGER = 17;
  private static final int IMAGE_MAX = 8192;

  private final Choices choices;

  RecordMutation(Choices choices) {
    this.choices = choices;
  }

  /// @param other a record to take parts from
  byte[] apply(Corpus.Seed original, Corpus.Seed other) {
    if (choices.oneIn(12)) {
      return raw(original.record().clone());
    }
    RecordParts parts = original.parts().copy();
    for (int n = choices.below(4); n >= 0; n--) {
      change(parts, other);
    }
    return parts.toBytes();
  }

  /// Any byte, the length in the header kept.
  private byte[] raw(byte[] bytes) {
    for (int n = choices.below(4); n >= 0; n--) {
      int span = choices.oneIn(2) ? Math.min(bytes.length, 80) : bytes.length;
      int at = 4 + choices.below(span - 4);
      bytes[at] = (byte) (choices.oneIn(2) ? choices.bits() : bytes[at] ^ (1 << choices.below(8)));
    }
    return bytes;
  }

  private void change(RecordParts parts, Corpus.Seed other) {
    switch (choices.below(16)) {
      case 0, 1, 2 -> parts.mainData = data(parts.mainData);
      case 3, 4, 5 -> changeBlockData(parts);
      case 6 -> parts.header[OFFSET_INFO] ^= (byte) (1 << choices.below(8));
      case 7 -> parts.header[OFFSET_INFO] = (byte) (choices.below(16) << 4);
      case 8 -> {
        if (choices.oneIn(4)) {
          parts.header[OFFSET_MANAGER] = (byte) choices.below(choices.oneIn(8) ? 256 : 22);
        }
      }
      case 9 -> changeTransaction(parts);
      case 10 -> changeReference(parts);
      case 11 -> changeList(parts);
      case 12 -> changeImage(parts);
      case 13 -> parts.mainData = resized(parts.mainData, 70_000);
      case 14 -> splice(parts, other);
      default -> {
        parts.originId = choices.below(3);
        parts.topTransactionId = choices.below(3);
      }
    }
  }

  private RecordParts.Block any(RecordParts parts) {
    return parts.blocks.get(choices.below(parts.blocks.size()));
  }

  private void changeBlockData(RecordParts parts) {
    if (!parts.blocks.isEmpty()) {
      RecordParts.Block block = any(parts);
      block.data = choices.oneIn(4) ? resized(block.data, 65_535) : data(block.data);
    }
  }

  /// One number somewhere in the data.
  private byte[] data(byte[] data) {
    if (data.length == 0) {
      return resized(data, 64);
    }
    int at = choices.below(Math.min(data.length, choices.oneIn(2) ? 16 : data.length));
    int value =
        switch (choices.below(4)) {
          case 0 -> data[at] + choices.below(9) - 4;
          case 1 -> data[at] ^ (1 << choices.below(8));
          default -> choices.number();
        };
    data[at] = (byte) value;
    if (at + 1 < data.length && choices.oneIn(2)) {
      data[at + 1] = (byte) (value >> 8);
    }
    if (at + 3 < data.length && choices.oneIn(8)) {
      int upper = choices.bits();
      data[at + 2] = (byte) upper;
      data[at + 3] = (byte) (upper >> 8);
    }
    return data;
  }

  /// Shorter or longer by a few bytes, seldom by many, at the end or in the middle.
  private byte[] resized(byte[] data, int lengthMax) {
    int change = choices.oneIn(16) ? choices.number() : 1 + choices.below(12);
    if (choices.oneIn(2)) {
      int kept = Math.max(0, data.length - change);
      int at = choices.oneIn(2) ? kept : choices.below(kept + 1);
      byte[] shorter = new byte[kept];
      System.arraycopy(data, 0, shorter, 0, at);
      System.arraycopy(data, data.length - (kept - at), shorter, at, kept - at);
      return shorter;
    }
    byte[] longer = Arrays.copyOf(data, Math.min(lengthMax, data.length + change));
    for (int i = data.length; i < longer.length; i++) {
      longer[i] = data.length > 0 && choices.oneIn(2) ? data[i % data.length] : (byte) i;
    }
    return longer;
  }

  private void changeTransaction(RecordParts parts) {
    int value = choices.oneIn(2) ? choices.below(4) : choices.bits();
    for (int i = 0; i < 4; i++) {
      parts.header[OFFSET_TRANSACTION + i] = (byte) (value >>> (8 * i));
    }
  }

  private void changeReference(RecordParts parts) {
    if (parts.blocks.isEmpty()) {
      return;
    }
    RecordParts.Block block = any(parts);
    switch (choices.below(6)) {
      case 0 -> block.number = choices.oneIn(2) ? choices.bits() : any(parts).number;
      case 1 -> block.number += choices.below(5) - 2;
      case 2 -> block.flags ^= WalRecord.BLOCK_WILL_INIT;
      case 3 -> block.flags = (block.flags & ~WalRecord.BLOCK_FORK_MASK) | choices.below(4);
      case 4 -> block.id = choices.below(choices.oneIn(4) ? 33 : 5);
      default -> block.relation = new RelFileNode(choices.bits(), choices.below(2), 1259);
    }
    sort(parts);
  }

  private void changeList(RecordParts parts) {
    if (parts.blocks.isEmpty()) {
      return;
    }
    RecordParts.Block block = any(parts);
    switch (choices.below(4)) {
      case 0 -> parts.blocks.remove(block);
      case 1 -> {
        RecordParts.Block copy = block.copy();
        copy.id = choices.below(6);
        copy.number += choices.below(3) - 1;
        parts.blocks.add(copy);
      }
      case 2 -> {
        RecordParts.Block other = any(parts);
        byte[] data = block.data;
        block.data = other.data;
        other.data = data;
      }
      default -> {
        byte[] data = parts.mainData;
        parts.mainData = block.data;
        block.data = data.length > 65_535 ? Arrays.copyOf(data, 65_535) : data;
      }
    }
    sort(parts);
  }

  /// Ids must ascend; of two that are equal one goes.
  private static void sort(RecordParts parts) {
    parts.blocks.sort((a, b) -> Integer.compare(a.id, b.id));
    for (int i = parts.blocks.size() - 1; i > 0; i--) {
      if (parts.blocks.get(i).id == parts.blocks.get(i - 1).id) {
        parts.blocks.remove(i);
      }
    }
  }

  private void changeImage(RecordParts parts) {
    if (parts.blocks.isEmpty()) {
      return;
    }
    RecordParts.Block block = any(parts);
    switch (choices.below(7)) {
      case 0 -> block.flags ^= WalRecord.BLOCK_HAS_IMAGE;
      case 1 -> block.imageInfo ^= WalRecord.IMAGE_APPLY;
      case 2 -> block.imageInfo = 2 | (1 << choices.below(5));
      case 3 -> block.holeOffset = choices.number() & 0x3FFF;
      case 4 -> block.holeLength = choices.number() & 0x3FFF;
      case 5 -> block.image = resized(block.image, IMAGE_MAX);
      default -> block.image = data(block.image);
    }
    if (!block.hasImage()) {
      block.image = new byte[0];
    }
  }

  private void splice(RecordParts parts, Corpus.Seed other) {
    RecordParts source = other.parts();
    if (source.blocks.isEmpty() || choices.oneIn(3)) {
      parts.mainData = source.mainData.clone();
    } else if (parts.blocks.isEmpty() || choices.oneIn(3)) {
      parts.blocks.add(any(source).copy());
      sort(parts);
    } else {
      any(parts).data = any(source).data.clone();
    }
  }
}
