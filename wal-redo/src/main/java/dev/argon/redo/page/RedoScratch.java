package dev.argon.redo.page;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The memory redo needs beside the page, one per thread, so that no record costs an allocation.
/// What is in it is meaningless between two records. About 33 kB.
///
/// Two users must not overlap within one record: [#page] is the old page while a new one is built
/// ([#copyOf]) or the items while they are compacted, [#bytes] an image or one item that is formed.
public final class RedoScratch {

  /// No page has more line pointers: (8192 - 24) / 4.
  static final int ITEMS_MAX = 2042;

  private static final ThreadLocal<RedoScratch> CURRENT = ThreadLocal.withInitial(RedoScratch::new);

  private final ByteBuffer page =
      ByteBuffer.allocate(PageHeader.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final byte[] bytes = new byte[PageHeader.PAGE_SIZE];
  private final ByteBuffer item = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

  /// Of a compaction: item numbers and line pointers of the items that stay.
  final int[] items = new int[ITEMS_MAX];

  final int[] pointers = new int[ITEMS_MAX];

  private RedoScratch() {}

  /// This thread's.
  public static RedoScratch current() {
    return CURRENT.get();
  }

  ByteBuffer page() {
    return page;
  }

  /// A page's worth of bytes, for an image.
  public byte[] bytes() {
    return bytes;
  }

  /// The same memory as [#bytes], little-endian, for one item that is formed.
  public ByteBuffer item() {
    return item;
  }

  /// A copy of `source`, valid until the next use of this memory.
  public ByteBuffer copyOf(ByteBuffer source) {
    page.put(0, source, 0, PageHeader.PAGE_SIZE);
    return page;
  }

  /// A copy of the bytes of `source` between two places, at the same places; the rest is
  /// meaningless.
  ByteBuffer copyOf(ByteBuffer source, int from, int to) {
    page.put(from, source, from, to - from);
    return page;
  }
}
