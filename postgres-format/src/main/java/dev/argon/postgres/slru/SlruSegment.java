package dev.argon.postgres.slru;

import java.util.Locale;

/// The segment files SLRU pages lie in (slru.c).
public final class SlruSegment {

  public static final int PAGE_SIZE = 8192;

  /// `SLRU_PAGES_PER_SEGMENT`.
  public static final int PAGES = 32;

  private SlruSegment() {}

  public static int ofPage(int page) {
    return page / PAGES;
  }

  /// The file's name: at least four hexadecimal digits.
  public static String fileName(int segment) {
    return String.format(Locale.ROOT, "%04X", segment);
  }
}
