package dev.argon.waltools.replay;

import dev.argon.postgres.slru.SlruSegment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The pages of one SLRU, read from the base segment by segment as they are needed. The
/// dispatcher's.
final class SlruFiles {

  /// One segment file.
  private static final class Segment {
    final byte[] bytes = new byte[SlruSegment.PAGES * SlruSegment.PAGE_SIZE];

    /// Pages from the front that the file has.
    int pages;
  }

  private final Path base;
  private final Map<Integer, Segment> segments = new HashMap<>();

  /// Segments of the base that are gone.
  private final Set<Integer> dropped = new HashSet<>();

  // The page asked for last, and a buffer of it: commits ask for the same one again and again.
  private int lastPage = -1;
  private byte @Nullable [] lastBytes;

  /// @param base the SLRU's directory in the base
  SlruFiles(Path base) {
    this.base = base;
  }

  /// Copies a page into `target` and back: what a change needs.
  interface Change {
    void apply(byte[] page);
  }

  /// Changes a page; one that does not exist is one of zeros (`SlruPhysicalReadPage` in recovery).
  void change(int page, Change change) {
    byte[] bytes = page(page);
    change.apply(bytes);
    write(page, bytes);
  }

  /// A copy of the page, kept for the next call.
  private byte[] page(int page) {
    byte[] last = lastBytes;
    if (last != null && lastPage == page) {
      return last;
    }
    Segment segment = segment(SlruSegment.ofPage(page));
    byte[] bytes = last == null ? new byte[SlruSegment.PAGE_SIZE] : last;
    int offset = page % SlruSegment.PAGES * SlruSegment.PAGE_SIZE;
    System.arraycopy(segment.bytes, offset, bytes, 0, bytes.length);
    lastPage = page;
    lastBytes = bytes;
    return bytes;
  }

  /// The whole page is known.
  @SuppressWarnings("ReferenceEquality") // the copy that is kept, not one that is equal
  void write(int page, byte[] bytes) {
    Segment segment = segment(SlruSegment.ofPage(page));
    int inSegment = page % SlruSegment.PAGES;
    System.arraycopy(
        bytes, 0, segment.bytes, inSegment * SlruSegment.PAGE_SIZE, SlruSegment.PAGE_SIZE);
    segment.pages = Math.max(segment.pages, inSegment + 1);
    if (page == lastPage && bytes != lastBytes) {
      lastPage = -1;
    }
  }

  /// One byte of a page, changed in place: for commits, which must not copy pages.
  void setBits(int page, int offset, int mask, int bits) {
    Segment segment = segment(SlruSegment.ofPage(page));
    int inSegment = page % SlruSegment.PAGES;
    int at = inSegment * SlruSegment.PAGE_SIZE + offset;
    segment.bytes[at] = (byte) ((segment.bytes[at] & ~mask) | bits);
    segment.pages = Math.max(segment.pages, inSegment + 1);
    if (page == lastPage) {
      lastPage = -1;
    }
  }

  /// One byte of a page, 0 if there is no page.
  int read(int page, int offset) {
    Segment segment = segment(SlruSegment.ofPage(page));
    return segment.bytes[page % SlruSegment.PAGES * SlruSegment.PAGE_SIZE + offset];
  }

  private int lastSegmentNumber = -1;
  private @Nullable Segment lastSegment;

  private Segment segment(int number) {
    Segment last = lastSegment;
    if (last != null && lastSegmentNumber == number) {
      return last;
    }
    Segment segment = segments.computeIfAbsent(number, this::load);
    lastSegment = segment;
    lastSegmentNumber = number;
    return segment;
  }

  private Segment load(int number) {
    Segment segment = new Segment();
    Path file = base.resolve(SlruSegment.fileName(number));
    if (!dropped.contains(number) && Files.isRegularFile(file)) {
      try {
        byte[] bytes = Files.readAllBytes(file);
        int length = Math.min(bytes.length, segment.bytes.length);
        System.arraycopy(bytes, 0, segment.bytes, 0, length);
        segment.pages = length / SlruSegment.PAGE_SIZE;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return segment;
  }

  /// Removes the segments of which this is true.
  void drop(IntPredicate gone) throws IOException {
    lastPage = -1;
    lastSegment = null;
    lastSegmentNumber = -1;
    segments.keySet().removeIf(gone::test);
    for (Path file : Listing.of(base)) {
      String name = file.getFileName().toString();
      if (name.matches("[0-9A-F]{4,6}")) {
        int number = Integer.parseInt(name, 16);
        if (gone.test(number)) {
          dropped.add(number);
        }
      }
    }
  }

  /// Writes what there is now into a directory.
  void writeTo(Path directory) throws IOException {
    Files.createDirectories(directory);
    for (Path file : Listing.of(base)) {
      String name = file.getFileName().toString();
      if (name.matches("[0-9A-F]{4,6}") && !dropped.contains(Integer.parseInt(name, 16))) {
        segment(Integer.parseInt(name, 16));
      }
    }
    for (Map.Entry<Integer, Segment> entry : segments.entrySet()) {
      Segment segment = entry.getValue();
      if (segment.pages > 0) {
        int length = segment.pages * SlruSegment.PAGE_SIZE;
        Files.write(
            directory.resolve(SlruSegment.fileName(entry.getKey())),
            java.util.Arrays.copyOf(segment.bytes, length));
      }
    }
  }
}
