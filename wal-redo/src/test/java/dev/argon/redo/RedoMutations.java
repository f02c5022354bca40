package dev.argon.redo;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/// Changes real records and the pages they are for, and lets [Redo] meet the result. Anything but a
/// page or a typed error passes through to the caller. Seeded: every run does the same.
final class RedoMutations {

  private static final int[] VALUES = {
    0, 1, 2, 3, 24, 28, 290, 292, 2047, 4096, 8168, 8176, 8192, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF
  };

  private final Random random;
  private final long seed;
  private final ByteBuffer page = PageStore.copyOf(ByteBuffer.allocate(PageStore.PAGE_SIZE));
  private final WalRecord record = new WalRecord();

  long applied;
  long refused;
  long undecodable;

  RedoMutations(long seed) {
    this.seed = seed;
    random = new Random(seed);
  }

  void apply(RedoAgainstServerTest.Sample sample, int times) {
    for (int i = 0; i < times; i++) {
      byte[] bytes = sample.record().clone();
      page.put(0, sample.page(), 0, PageStore.PAGE_SIZE);
      int kind = random.nextInt(4);
      if (kind != 1) {
        bytes = mutate(bytes);
      }
      if (kind != 0) {
        mutatePage();
      }
      try {
        record.reset(bytes, 0, bytes.length);
      } catch (CorruptDataException _) {
        undecodable++;
        continue;
      }
      applyOne(sample);
    }
  }

  private void applyOne(RedoAgainstServerTest.Sample sample) {
    try {
      int index = Math.min(sample.blockIndex(), record.blockCount() - 1);
      if (index >= 0) {
        Redo.apply(page, record, index, sample.endLsn(), new RedoSettings(random.nextBoolean()));
        applied++;
        Redo.mask(page, record.resourceManager(), record.blockNumber(index));
      }
    } catch (CorruptDataException | UnsupportedRecordException _) {
      refused++;
    }
  }

  private byte[] mutate(byte[] original) {
    byte[] bytes = original;
    if (random.nextInt(8) == 0) {
      bytes = cut(bytes);
    }
    if (random.nextInt(16) == 0) {
      // Another kind of record over the same data.
      bytes[16] = (byte) (random.nextInt(16) << 4);
    }
    for (int n = random.nextInt(4); n >= 0; n--) {
      // Not the images: main data and block data are short and lie around them.
      int span = Math.min(bytes.length - WalRecord.HEADER_SIZE, 60);
      int at =
          random.nextBoolean()
              ? bytes.length - 1 - random.nextInt(span)
              : WalRecord.HEADER_SIZE + random.nextInt(bytes.length - WalRecord.HEADER_SIZE);
      bytes[at] = (byte) value();
      if (at + 1 < bytes.length && random.nextBoolean()) {
        LittleEndian.writeShort(bytes, at, value());
      }
    }
    return bytes;
  }

  /// The main data, last in the record, gets shorter.
  private byte[] cut(byte[] bytes) {
    int length = bytes.length - 1 - random.nextInt(12);
    if (length <= WalRecord.HEADER_SIZE) {
      return bytes;
    }
    byte[] shorter = Arrays.copyOf(bytes, length);
    LittleEndian.writeInt(shorter, 0, length);
    for (int at = WalRecord.HEADER_SIZE; at + 1 < length; at++) {
      boolean isHeader = (shorter[at] & 0xFF) == 0xFF;
      int claimed = shorter[at + 1] & 0xFF;
      if (isHeader && claimed >= bytes.length - length) {
        shorter[at + 1] = (byte) (claimed - (bytes.length - length));
        break;
      }
    }
    return shorter;
  }

  private void mutatePage() {
    for (int n = random.nextInt(4); n >= 0; n--) {
      switch (random.nextInt(4)) {
        case 0 -> page.putShort(12 + 2 * random.nextInt(3), (short) value());
        case 1 -> page.putShort(24 + 2 * random.nextInt(300), (short) value());
        case 2 -> page.putShort(random.nextInt(PageStore.PAGE_SIZE - 1), (short) value());
        default -> page.putShort(PageStore.PAGE_SIZE - 2 - 2 * random.nextInt(8), (short) value());
      }
    }
  }

  private int value() {
    return random.nextBoolean() ? VALUES[random.nextInt(VALUES.length)] : random.nextInt(1 << 16);
  }

  @Override
  public String toString() {
    return "seed %d: %d pages, %d typed errors, %d records that do not decode"
        .formatted(seed, applied, refused, undecodable);
  }
}
