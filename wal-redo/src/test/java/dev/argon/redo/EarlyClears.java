package dev.argon.redo;

import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Bits of visibility maps that the server had cleared when it made an image, while the record that
/// clears them comes later in the log: a backend clears them in the page before it inserts its
/// record, and lets go of the map in between (`visibilitymap_clear`), so another one's image may
/// lie between the two. Setting bits and its record are one step. So a missing bit in an image is
/// only then no difference when a later record clears it, and an additional bit always is one.
final class EarlyClears {

  @SuppressWarnings("ArrayRecordComponent")
  private record Awaited(ByteBuffer page, byte[] bits) {}

  private final Map<String, Awaited> awaited = new HashMap<>();

  /// Takes note of the bits that only `actual` has. Page headers are not looked at.
  ///
  /// @param actual the page in the store, which later records change
  /// @return where `expected` has a bit that `actual` lacks, or nothing
  String compare(String name, ByteBuffer actual, ByteBuffer expected) {
    for (int i = PageHeader.SIZE; i < PageStore.PAGE_SIZE; i++) {
      int has = actual.get(i);
      int image = expected.get(i);
      if ((image & ~has) != 0) {
        return "byte %d is %02X, expected %02X".formatted(i, has & 0xFF, image & 0xFF);
      }
      if (has != image) {
        byte[] bits =
            awaited
                .computeIfAbsent(name, _ -> new Awaited(actual, new byte[PageStore.PAGE_SIZE]))
                .bits();
        bits[i] |= (byte) (has & ~image);
      }
    }
    return "";
  }

  /// To be called after each record: bits that are clear now are no longer awaited.
  void observe() {
    if (!awaited.isEmpty()) {
      awaited.values().removeIf(EarlyClears::isCleared);
    }
  }

  private static boolean isCleared(Awaited early) {
    boolean cleared = true;
    for (int i = PageHeader.SIZE; i < PageStore.PAGE_SIZE; i++) {
      early.bits()[i] &= early.page().get(i);
      cleared &= early.bits()[i] == 0;
    }
    return cleared;
  }

  /// The pages with bits that no record cleared.
  List<String> neverCleared() {
    return new ArrayList<>(awaited.keySet());
  }
}
