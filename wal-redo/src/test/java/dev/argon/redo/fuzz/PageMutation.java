package dev.argon.redo.fuzz;

import java.nio.ByteBuffer;

/// Changes a page where redo looks: header, line pointers, heads of items, special space.
final class PageMutation {

  private static final int PAGE_SIZE = 8192;
  private static final int HEADER_SIZE = 24;

  private final Choices choices;

  PageMutation(Choices choices) {
    this.choices = choices;
  }

  /// @param other a page to take bytes from
  void apply(ByteBuffer page, byte[] other) {
    for (int n = choices.below(4); n >= 0; n--) {
      switch (choices.below(9)) {
        case 0 -> page.putShort(12 + 2 * choices.below(3), (short) boundary(page));
        case 1, 2 -> changePointer(page);
        case 3, 4 -> changeItem(page);
        case 5 -> changeSpecial(page);
        case 6 -> page.putShort(choices.below(PAGE_SIZE - 1), (short) choices.number());
        case 7 -> {
          int from = choices.below(PAGE_SIZE);
          int length = Math.min(choices.below(64), PAGE_SIZE - from);
          page.put(from, other, choices.below(PAGE_SIZE - length), length);
        }
        default -> {
          int at = choices.below(PAGE_SIZE);
          page.put(at, (byte) (page.get(at) ^ (1 << choices.below(8))));
        }
      }
    }
  }

  private static int unsigned(ByteBuffer page, int offset) {
    return Short.toUnsignedInt(page.getShort(offset));
  }

  /// Something like `pd_lower`, `pd_upper` or `pd_special`.
  private int boundary(ByteBuffer page) {
    return switch (choices.below(4)) {
      case 0 -> choices.number();
      case 1 -> unsigned(page, 12 + 2 * choices.below(3)) + choices.below(65) - 32;
      case 2 -> unsigned(page, 12 + 2 * choices.below(3));
      default -> choices.below(PAGE_SIZE / 8 + 1) * 8;
    };
  }

  private int items(ByteBuffer page) {
    int lower = Math.min(unsigned(page, 12), PAGE_SIZE);
    return Math.max(1, (lower - HEADER_SIZE) / 4);
  }

  private int pointerAt(ByteBuffer page) {
    return HEADER_SIZE + 4 * choices.below(items(page));
  }

  private void changePointer(ByteBuffer page) {
    int at = pointerAt(page);
    int pointer = page.getInt(at);
    int changed =
        switch (choices.below(6)) {
          case 0 -> (pointer & ~0x7FFF) | (boundary(page) & 0x7FFF);
          case 1 -> pointer ^ ((1 + choices.below(3)) << 15);
          case 2 -> (pointer & 0x1FFFF) | (choices.number() << 17);
          case 3 -> pointer + ((choices.below(33) - 16) << 17);
          case 4 -> choices.bits();
          default -> page.getInt(pointerAt(page));
        };
    page.putInt(at, changed);
  }

  private void changeItem(ByteBuffer page) {
    int start = page.getInt(pointerAt(page)) & 0x7FFF;
    int at = Math.min(start + choices.below(48), PAGE_SIZE - 2);
    switch (choices.below(3)) {
      case 0 -> page.putShort(at, (short) choices.number());
      case 1 -> page.put(at, (byte) (page.get(at) ^ (1 << choices.below(8))));
      default -> page.putShort(at, (short) (page.getShort(at) + choices.below(17) - 8));
    }
  }

  private void changeSpecial(ByteBuffer page) {
    int special = Math.min(unsigned(page, 16), PAGE_SIZE - 16);
    int at = special + choices.below(PAGE_SIZE - 1 - special);
    page.putShort(
        at,
        (short)
            (choices.oneIn(2) ? choices.number() : page.getShort(at) ^ (1 << choices.below(16))));
  }
}
