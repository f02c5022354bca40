package dev.argon.safekeeper.sim;

import dev.argon.postgres.wal.WalLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// A file: what processes see, what is on the platter, and the steps between.
final class SimFile {

  static final int SECTOR_BYTES = 512;

  /// A write, or a change of the size if there are no bytes.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Step(int offset, byte[] bytes, boolean resize) {}

  /// Bytes from [#base] on, below are zeros: the WAL of a run lies at the end of a segment.
  private byte[] content = new byte[0];

  private int size;
  private byte[] durable = new byte[0];
  private int durableSize;
  private int base = -1;
  private final List<Step> pending = new ArrayList<>();

  /// What was in place of the sectors that survived the last loss though one before them did not.
  private final List<Step> pieces = new ArrayList<>();

  /// The LSN of the first byte if it is a WAL segment, else -1.
  final long startLsn;

  SimFile(long startLsn) {
    this.startLsn = startLsn;
  }

  int size() {
    return size;
  }

  /// How much of it takes room.
  int used() {
    return content.length;
  }

  int read(int offset, byte[] into, int at, int count) {
    int readable = Math.min(count, size - offset);
    if (readable <= 0) {
      return -1;
    }
    int from = Math.max(offset, base);
    int to = Math.min(offset + readable, base + content.length);
    Arrays.fill(into, at, at + readable, (byte) 0);
    if (from < to) {
      System.arraycopy(content, from - base, into, at + from - offset, to - from);
    }
    return readable;
  }

  void write(int offset, byte[] bytes) {
    rebase(offset);
    pending.add(new Step(offset, bytes, false));
    content = put(content, offset, bytes);
    size = Math.max(size, offset + bytes.length);
  }

  private void rebase(int offset) {
    int aligned = offset - offset % WalLayout.PAGE_SIZE;
    if (base < 0) {
      base = aligned;
    } else if (aligned < base) {
      content = shifted(content, base - aligned);
      durable = shifted(durable, base - aligned);
      base = aligned;
    }
  }

  private static byte[] shifted(byte[] bytes, int by) {
    byte[] room = new byte[bytes.length + by];
    System.arraycopy(bytes, 0, room, by, bytes.length);
    return room;
  }

  void resize(int newSize) {
    pending.add(new Step(newSize, new byte[0], true));
    content = cut(content, newSize);
    size = newSize;
  }

  private byte[] put(byte[] target, int fileOffset, byte[] bytes) {
    int offset = fileOffset - base;
    int end = offset + bytes.length;
    byte[] room = target.length >= end ? target : Arrays.copyOf(target, grown(target.length, end));
    System.arraycopy(bytes, 0, room, offset, bytes.length);
    return room;
  }

  private static int grown(int length, int needed) {
    return Math.max(needed, Math.min(length * 2, length + (64 << 10)));
  }

  private byte[] cut(byte[] target, int newSize) {
    int kept = Math.max(0, newSize - base);
    return target.length > kept ? Arrays.copyOf(target, kept) : target;
  }

  void sync() {
    pieces.clear();
    for (Step step : pending) {
      persist(step);
    }
    pending.clear();
  }

  private void persist(Step step) {
    if (step.resize) {
      durable = cut(durable, step.offset);
      durableSize = step.offset;
    } else {
      durable = put(durable, step.offset, step.bytes);
      durableSize = Math.max(durableSize, step.offset + step.bytes.length);
    }
  }

  /// The power goes, or a sync fails: of what was not synced a part is there, and the page behind
  /// it in pieces. (That later pages survive where earlier ones do not is left out: the storage
  /// takes that for corruption and refuses, as it is meant to. See [#dropPieces].)
  void lose(RandomGenerator random) {
    if (!pending.isEmpty()) {
      pieces.clear();
    }
    int whole = pending.isEmpty() ? 0 : random.nextInt(pending.size() + 1);
    for (int i = 0; i < whole; i++) {
      persist(pending.get(i));
    }
    if (whole < pending.size()) {
      tear(pending.get(whole), random);
    }
    pending.clear();
    content = durable.clone();
    size = durableSize;
  }

  private void tear(Step step, RandomGenerator random) {
    if (step.resize || step.bytes.length == 0) {
      return;
    }
    int kept = random.nextInt(step.bytes.length);
    persist(new Step(step.offset, Arrays.copyOf(step.bytes, kept), false));
    int pageEnd = (step.offset + kept) / WalLayout.PAGE_SIZE * WalLayout.PAGE_SIZE;
    int end = Math.min(step.bytes.length, pageEnd + WalLayout.PAGE_SIZE - step.offset);
    int at = kept;
    while (at < end) {
      int next =
          Math.min(end, ((step.offset + at) / SECTOR_BYTES + 1) * SECTOR_BYTES - step.offset);
      if (random.nextBoolean()) {
        Step piece = new Step(step.offset + at, Arrays.copyOfRange(step.bytes, at, next), false);
        pieces.add(new Step(piece.offset, durable(piece.offset, next - at), false));
        persist(piece);
      }
      at = next;
    }
  }

  private byte[] durable(int offset, int count) {
    byte[] bytes = new byte[count];
    int from = Math.min(durable.length, offset - base);
    System.arraycopy(durable, from, bytes, 0, Math.min(count, durable.length - from));
    return bytes;
  }

  /// Of the page that was torn last, what lies behind the first sector that was lost is lost, too.
  ///
  /// @return whether that makes a difference
  boolean dropPieces() {
    if (pieces.isEmpty() || !pending.isEmpty()) {
      return false;
    }
    pieces.forEach(this::persist);
    pieces.clear();
    content = durable.clone();
    return true;
  }

  /// Whether all below `offset` would survive the loss of power.
  boolean isDurableBelow(int offset) {
    for (Step step : pending) {
      if (step.offset < offset) {
        return false;
      }
    }
    return true;
  }

  /// A bit falls over, on the platter.
  void rot(int offset, int bit) {
    durable[offset - base] ^= (byte) (1 << bit);
    content[offset - base] ^= (byte) (1 << bit);
  }

  byte[] durableContent() {
    byte[] whole = new byte[durableSize];
    int count = Math.min(durable.length, durableSize - Math.max(0, base));
    if (count > 0) {
      System.arraycopy(durable, 0, whole, base, count);
    }
    return whole;
  }
}
