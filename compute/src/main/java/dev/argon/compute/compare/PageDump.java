package dev.argon.compute.compare;

import java.nio.ByteBuffer;

/// Two pages as text: 32 bytes a line, and what the pageserver has below each line in which it has
/// something else. Lines of equal zeros are left out.
final class PageDump {

  private static final int LINE_BYTES = 32;
  private static final int GROUP_BYTES = 4;

  private PageDump() {}

  static String of(ByteBuffer local, ByteBuffer remote) {
    StringBuilder text = new StringBuilder(40_000);
    for (int at = 0; at < local.limit(); at += LINE_BYTES) {
      boolean same = local.slice(at, LINE_BYTES).mismatch(remote.slice(at, LINE_BYTES)) < 0;
      if (same && isZero(local, at)) {
        continue;
      }
      line(text, same ? "  both " : "  here ", local, at);
      if (!same) {
        line(text, " there ", remote, at);
      }
    }
    return text.toString();
  }

  private static boolean isZero(ByteBuffer page, int from) {
    for (int i = from; i < from + LINE_BYTES; i += Long.BYTES) {
      if (page.getLong(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private static void line(StringBuilder text, String whose, ByteBuffer page, int from) {
    text.append('\n').append(whose).append("%5d:".formatted(from));
    for (int i = from; i < from + LINE_BYTES; i++) {
      if (i % GROUP_BYTES == 0) {
        text.append(' ');
      }
      int value = Byte.toUnsignedInt(page.get(i));
      text.append(Character.forDigit(value >> 4, 16)).append(Character.forDigit(value & 15, 16));
    }
  }
}
