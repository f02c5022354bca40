package dev.argon.redo.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A page in the middle of memory that redo must not touch. One buffer ends with the page, so that
/// to look behind it is an exception; the other does not, so that a write behind it is seen.
final class GuardedPage {

  private static final int PAGE_SIZE = 8192;
  private static final int GUARD_SIZE = 128;
  private static final byte GUARD = (byte) 0xA5;

  private static final byte[] GUARDS = new byte[GUARD_SIZE];

  static {
    Arrays.fill(GUARDS, GUARD);
  }

  private final byte[] memory = new byte[GUARD_SIZE + PAGE_SIZE + GUARD_SIZE];
  private final ByteBuffer exact = view(PAGE_SIZE);
  private final ByteBuffer open = view(PAGE_SIZE + GUARD_SIZE);

  GuardedPage() {
    Arrays.fill(memory, GUARD);
  }

  private ByteBuffer view(int length) {
    return ByteBuffer.wrap(memory).slice(GUARD_SIZE, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  ByteBuffer exact() {
    return exact;
  }

  ByteBuffer open() {
    return open;
  }

  byte[] copy() {
    return Arrays.copyOfRange(memory, GUARD_SIZE, GUARD_SIZE + PAGE_SIZE);
  }

  void copyTo(byte[] page) {
    System.arraycopy(memory, GUARD_SIZE, page, 0, PAGE_SIZE);
  }

  void set(byte[] page) {
    System.arraycopy(page, 0, memory, GUARD_SIZE, PAGE_SIZE);
  }

  boolean sameAs(GuardedPage other) {
    return Arrays.equals(memory, other.memory);
  }

  /// Whether nothing but the page was written, and the views are as they were.
  boolean intact() {
    int end = GUARD_SIZE + PAGE_SIZE;
    return Arrays.equals(memory, 0, GUARD_SIZE, GUARDS, 0, GUARD_SIZE)
        && Arrays.equals(memory, end, end + GUARD_SIZE, GUARDS, 0, GUARD_SIZE)
        && exact.position() == 0
        && exact.limit() == PAGE_SIZE
        && open.position() == 0
        && open.limit() == PAGE_SIZE + GUARD_SIZE
        && exact.order() == ByteOrder.LITTLE_ENDIAN;
  }
}
