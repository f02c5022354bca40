package dev.argon.pageserver.timeline;

import dev.argon.pageserver.layer.EntryVisitor;
import dev.argon.pageserver.layer.MemoryLayer;
import dev.argon.pageserver.layer.ValueKind;
import dev.argon.pageserver.layer.VersionVisitor;
import dev.argon.pageservice.PageKey;
import dev.argon.pageservice.PageResponse;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Reads of one timeline over one moment's layers. For one thread, and for a short time: layers
/// that were merged away stay on disk until it is closed.
///
/// The order of a search is that of time backwards: open layer, frozen layers, runs, then the
/// ancestor from the branch point down. An image layer that has the key bounds the search from
/// below as soon as the layers in memory are through. A cut of the relation (truncation, drop) that
/// took the block away ends the search too: what lies before it does not count any more.
public final class ReadSession implements AutoCloseable {

  private static final PageKey.Kind[] PAGES = {PageKey.Kind.RELATION_BLOCK, PageKey.Kind.SLRU_PAGE};

  /// A timeline of the ancestry and the last LSN at which it may be looked at from here.
  private record Level(Timeline timeline, LayerSet layers, long limitLsn) {}

  private final Timeline timeline;
  private final ReadContext context;
  private final PageRedo redo;
  private final List<Level> levels = new ArrayList<>();
  private final VersionChain chain = new VersionChain();
  private final VersionChain imageChain = new VersionChain();
  private int layersVisited;

  ReadSession(Timeline timeline, ReadContext context) {
    this.timeline = timeline;
    this.context = context;
    redo = context.redoFactory().get();
    levels.add(new Level(timeline, timeline.holdLayers(), -1L));
  }

  private @Nullable Level level(int depth) {
    if (depth < levels.size()) {
      return levels.get(depth);
    }
    Optional<Branching> branching = levels.get(depth - 1).timeline.branching();
    if (branching.isEmpty()) {
      return null;
    }
    Timeline ancestor = branching.get().ancestor();
    long limit = branching.get().lsn();
    Level level = new Level(ancestor, ancestor.holdLayers(), limit);
    levels.add(level);
    return level;
  }

  /// Reads a page as of an LSN that has been ingested.
  ///
  /// @param page receives 8192 bytes at index 0; little-endian
  /// @throws CorruptDataException if it cannot be rebuilt
  public void page(PageKey key, long lsn, ByteBuffer page)
      throws IOException, CorruptDataException {
    page(key.high(), key.low(), lsn, page);
  }

  private void page(long high, long low, long lsn, ByteBuffer page)
      throws IOException, CorruptDataException {
    long cachedLsn = context.cache().find(timeline.serial(), high, low, lsn, page);
    if (cachedLsn == lsn) {
      context.statistics().pageRead(0, 0);
      return;
    }
    layersVisited = 0;
    chain.clear();
    boolean complete = collect(high, low, cachedLsn, lsn, chain);
    int records = rebuild(high, low, lsn, page, complete || cachedLsn == 0);
    context.cache().keep(timeline.serial(), high, low, lsn, page);
    context.statistics().pageRead(layersVisited, records);
    chain.clear();
  }

  /// @param anew whether the page starts from the oldest version or zeros, not from what is in it
  private int rebuild(long high, long low, long lsn, ByteBuffer page, boolean anew)
      throws CorruptDataException {
    int next = chain.size() - 1;
    if (anew) {
      if (next >= 0 && chain.kind(next) == ValueKind.IMAGE) {
        image(high, low, chain.bytes(next), page);
        next--;
      } else {
        zero(page);
      }
    }
    int records = next + 1;
    while (next >= 0) {
      long versionLsn = chain.lsn(next);
      try {
        redo.apply(page, versionLsn, chain.kind(next), chain.blockIndex(next), chain.bytes(next));
      } catch (CorruptDataException e) {
        throw new CorruptDataException(
            "cannot rebuild "
                + new PageKey(high, low)
                + " at "
                + Lsn.toString(lsn)
                + " on timeline "
                + timeline.id()
                + ": "
                + e.getMessage(),
            e);
      }
      next--;
    }
    return records;
  }

  private static void image(long high, long low, ByteBuffer bytes, ByteBuffer page)
      throws CorruptDataException {
    if (bytes.remaining() == PageResponse.PAGE_SIZE) {
      page.put(0, bytes, bytes.position(), PageResponse.PAGE_SIZE);
    } else if (bytes.remaining() == 0) {
      zero(page);
    } else {
      throw new CorruptDataException(
          "an image of " + bytes.remaining() + " bytes for " + new PageKey(high, low));
    }
  }

  private static final ByteBuffer ZEROS =
      ByteBuffer.allocateDirect(PageResponse.PAGE_SIZE).asReadOnlyBuffer();

  private static void zero(ByteBuffer page) {
    page.put(0, ZEROS, 0, PageResponse.PAGE_SIZE);
  }

  /// A buffer for [#page].
  public static ByteBuffer newPage() {
    return ByteBuffer.allocateDirect(PageResponse.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// The newest whole value of a key that is not a page; empty if there is none or it was dropped.
  public Optional<byte[]> value(PageKey key, long lsn) throws IOException, CorruptDataException {
    chain.clear();
    collect(key.high(), key.low(), 0, lsn, chain);
    if (chain.size() == 0 || chain.bytes(0).remaining() == 0) {
      return Optional.empty();
    }
    return Optional.of(copyOf(chain.bytes(0)));
  }

  /// The LSN of the newest version of a key, 0 if there is none.
  public long newestLsn(PageKey key, long lsn) throws IOException, CorruptDataException {
    chain.clear();
    collect(key.high(), key.low(), 0, lsn, chain);
    return chain.size() == 0 ? 0 : chain.lsn(0);
  }

  /// Shows all versions of a key back to one that needs no older one, newest first.
  public void versions(PageKey key, long aboveLsn, long lsn, VersionVisitor visitor)
      throws IOException, CorruptDataException {
    collect(key.high(), key.low(), aboveLsn, lsn, visitor);
  }

  private static byte[] copyOf(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(bytes.position(), copy);
    return copy;
  }

  /// Shows the versions above `floorLsn`, newest first.
  ///
  /// @return whether the oldest one shown (or, after a cut, zeros) is where the key begins
  private boolean collect(long high, long low, long floorLsn, long lsn, VersionVisitor visitor)
      throws IOException, CorruptDataException {
    long upTo = lsn;
    for (int depth = 0; ; depth++) {
      Level level = level(depth);
      if (level == null) {
        return false;
      }
      if (Long.compareUnsigned(upTo, level.limitLsn) > 0) {
        upTo = level.limitLsn;
      }
      if (Long.compareUnsigned(upTo, floorLsn) <= 0) {
        return false;
      }
      if (collectIn(level.layers, high, low, floorLsn, upTo, visitor)) {
        return true;
      }
    }
  }

  private boolean collectIn(
      LayerSet set, long high, long low, long floorLsn, long upTo, VersionVisitor visitor)
      throws IOException, CorruptDataException {
    boolean block = (high >>> 60) == 0;
    if (inMemory(set.open(), high, low, floorLsn, upTo, block, visitor)) {
      return true;
    }
    for (MemoryLayer layer : set.frozen()) {
      if (Long.compareUnsigned(layer.startLsn(), upTo) < 0
          && Long.compareUnsigned(layer.endLsn(), floorLsn) > 0
          && inMemory(layer, high, low, floorLsn, upTo, block, visitor)) {
        return true;
      }
    }
    VersionChain image = imageChain;
    image.clear();
    long floor = floorLsn;
    for (StoredLayer layer : set.images()) {
      if (Long.compareUnsigned(layer.endLsn(), upTo) <= 0) {
        if (Long.compareUnsigned(layer.endLsn(), floorLsn) <= 0) {
          break;
        }
        layersVisited++;
        layer.file().visit(high, low, floorLsn, upTo, image);
        if (image.size() > 0) {
          floor = image.lsn(0);
          break;
        }
      }
    }
    for (Run run : set.runs()) {
      if (Long.compareUnsigned(run.startLsn(), upTo) < 0) {
        if (Long.compareUnsigned(run.endLsn(), floor) <= 0) {
          break;
        }
        if (inRun(run, high, low, floor, upTo, block, visitor)) {
          return true;
        }
      }
    }
    return image.size() > 0
        && !visitor.version(image.lsn(0), image.kind(0), image.blockIndex(0), image.bytes(0));
  }

  private boolean inMemory(
      MemoryLayer layer,
      long high,
      long low,
      long floor,
      long upTo,
      boolean block,
      VersionVisitor visitor)
      throws CorruptDataException {
    layersVisited++;
    long cutLsn = 0;
    if (block && layer.anyCut()) {
      CutFinder finder = new CutFinder((int) low);
      layer.visit(cutHigh(high), cutLow(low), floor, upTo, finder);
      cutLsn = finder.lsn();
    }
    long above = cutLsn == 0 ? floor : cutLsn - 1;
    return !layer.visit(high, low, above, upTo, visitor) || cutLsn != 0;
  }

  private boolean inRun(
      Run run, long high, long low, long floor, long upTo, boolean block, VersionVisitor visitor)
      throws IOException, CorruptDataException {
    layersVisited++;
    long cutLsn = 0;
    if (block && run.anyCut()) {
      CutFinder finder = new CutFinder((int) low);
      run.visit(cutHigh(high), cutLow(low), floor, upTo, finder);
      cutLsn = finder.lsn();
    }
    long above = cutLsn == 0 ? floor : cutLsn - 1;
    return !run.visit(high, low, above, upTo, visitor) || cutLsn != 0;
  }

  private static final long CUT_HIGH = PageKey.firstOf(PageKey.Kind.RELATION_CUT).high();

  private static long cutHigh(long blockHigh) {
    return blockHigh | CUT_HIGH;
  }

  private static long cutLow(long blockLow) {
    return blockLow & ~0xFFFFFFFFL;
  }

  /// Looks for the newest cut that took a block away.
  private static final class CutFinder implements VersionVisitor {

    private final int block;
    private long lsn;

    CutFinder(int block) {
      this.block = block;
    }

    @Override
    public boolean version(long cutLsn, int kind, int blockIndex, ByteBuffer bytes) {
      if (bytes.remaining() >= Integer.BYTES
          && Integer.compareUnsigned(bytes.getInt(bytes.position()), block) <= 0) {
        lsn = cutLsn;
        return false;
      }
      return true;
    }

    long lsn() {
      return lsn;
    }
  }

  /// Shows the newest values of all keys in a range that exist at an LSN, in the order of the keys.
  /// For keys that are not pages.
  public void scan(PageKey first, PageKey last, long lsn, EntryVisitor visitor)
      throws IOException, CorruptDataException {
    TreeMap<PageKey, Found> found = new TreeMap<>();
    EntryVisitor collector =
        (high, low, versionLsn, kind, blockIndex, bytes) ->
            found.merge(
                new PageKey(high, low),
                new Found(versionLsn, bytes),
                (a, b) -> Long.compareUnsigned(a.lsn, b.lsn) >= 0 ? a : b);
    long upTo = lsn;
    for (int depth = 0; ; depth++) {
      Level level = level(depth);
      if (level == null) {
        break;
      }
      if (Long.compareUnsigned(upTo, level.limitLsn) > 0) {
        upTo = level.limitLsn;
      }
      scanLevel(level.layers, first, last, upTo, collector);
    }
    for (var entry : found.entrySet()) {
      if (entry.getValue().bytes.remaining() > 0) {
        visitor.entry(
            entry.getKey().high(),
            entry.getKey().low(),
            entry.getValue().lsn,
            ValueKind.IMAGE,
            0,
            entry.getValue().bytes);
      }
    }
  }

  private record Found(long lsn, ByteBuffer bytes) {}

  private static void scanLevel(
      LayerSet set, PageKey first, PageKey last, long upTo, EntryVisitor collector)
      throws IOException, CorruptDataException {
    set.open().visitNewest(first, last, upTo, collector);
    for (MemoryLayer layer : set.frozen()) {
      layer.visitNewest(first, last, upTo, collector);
    }
    for (Run run : set.runs()) {
      for (StoredLayer layer : run.layers()) {
        layer.file().visitNewest(first, last, upTo, collector);
      }
    }
    for (StoredLayer layer : set.images()) {
      layer.file().visitNewest(first, last, upTo, collector);
    }
  }

  /// Whether keys of this kind are pages.
  public static boolean isPage(PageKey.Kind kind) {
    for (PageKey.Kind page : PAGES) {
      if (page == kind) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    levels.forEach(level -> level.layers.release());
    levels.clear();
  }
}
