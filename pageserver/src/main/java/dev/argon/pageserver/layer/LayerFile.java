package dev.argon.pageserver.layer;

import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// A layer file for readers. It is opened when first touched, and fetched then if it is not there;
/// index and filter stay in the cache as long as there is room. Any number of threads read.
///
/// The caller takes care that the file is not removed while someone reads.
public final class LayerFile {

  /// Brings a file that is not there.
  @FunctionalInterface
  public interface Fetch {
    void fetch(Path path) throws IOException;
  }

  private final Path path;
  private final LayerSummary summary;
  private final BlockCache cache;
  private final Fetch fetch;
  private final long id;

  /// A file of which the summary is already known.
  public LayerFile(Path path, LayerSummary summary, BlockCache cache, Fetch fetch) {
    this.path = path;
    this.summary = summary;
    this.cache = cache;
    this.fetch = fetch;
    id = cache.newFile();
  }

  public Path path() {
    return path;
  }

  public LayerSummary summary() {
    return summary;
  }

  /// Lets go of what is cached.
  public void forget() {
    cache.forget(id);
  }

  private OpenFile open() throws IOException, CorruptDataException {
    OpenFile file = cache.file(id);
    if (file != null) {
      return file;
    }
    try {
      file = OpenFile.open(path);
    } catch (NoSuchFileException e) {
      fetch.fetch(path);
      file = OpenFile.open(path);
    }
    if (!file.summary().equals(summary)) {
      throw new CorruptDataException(
          path + ": holds " + file.summary() + ", the timeline's index says " + summary);
    }
    cache.putFile(id, file);
    return file;
  }

  /// Reads footer, filter and index, fetching the file if needed.
  ///
  /// @throws CorruptDataException if they are not whole or not what the summary says
  public void check() throws IOException, CorruptDataException {
    open();
  }

  private boolean covers(long high, long low) {
    return PageKey.compare(high, low, summary.firstKey().high(), summary.firstKey().low()) >= 0
        && PageKey.compare(high, low, summary.lastKey().high(), summary.lastKey().low()) <= 0;
  }

  /// As [MemoryLayer#visit].
  public boolean visit(long high, long low, long aboveLsn, long upToLsn, VersionVisitor visitor)
      throws IOException, CorruptDataException {
    if (!covers(high, low)) {
      return true;
    }
    OpenFile file = open();
    if (!file.mayContain(KeyFilter.hash(high, low))) {
      return true;
    }
    int number = file.lastBlockAtOrBefore(high, low, upToLsn);
    while (number >= 0) {
      BlockView block = block(file, number, true);
      int i = block.lastAtOrBefore(high, low, upToLsn);
      while (i >= 0) {
        if (!block.isKey(i, high, low) || Long.compareUnsigned(block.lsn(i), aboveLsn) <= 0) {
          return true;
        }
        if (!visitor.version(block.lsn(i), block.kind(i), block.blockIndex(i), block.bytes(i))) {
          return false;
        }
        i--;
      }
      // The key's older versions may end the block before.
      number--;
    }
    return true;
  }

  private BlockView block(OpenFile file, int number, boolean keep)
      throws IOException, CorruptDataException {
    ByteBuffer content = cache.block(id, number);
    if (content == null) {
      content = file.block(number, cache);
      if (keep) {
        cache.putBlock(id, number, content);
      }
    }
    return new BlockView(path, content);
  }

  /// As [MemoryLayer#visitNewest], in the order of the keys.
  public void visitNewest(PageKey first, PageKey last, long upToLsn, EntryVisitor visitor)
      throws IOException, CorruptDataException {
    if (first.compareTo(summary.lastKey()) > 0 || last.compareTo(summary.firstKey()) < 0) {
      return;
    }
    Cursor cursor = cursorFrom(first);
    PageKey key = null;
    NewestVersion newest = new NewestVersion();
    while (cursor.isValid() && cursor.compareKey(last) <= 0) {
      if (key == null || !cursor.isKey(key)) {
        if (key != null) {
          newest.passTo(key, visitor);
        }
        key = cursor.key();
        newest = new NewestVersion();
      }
      if (Long.compareUnsigned(cursor.lsn(), upToLsn) <= 0) {
        newest.version(cursor.lsn(), cursor.kind(), cursor.blockIndex(), cursor.bytes());
      }
      cursor.next();
    }
    if (key != null) {
      newest.passTo(key, visitor);
    }
  }

  /// Walks over everything from a key on, without filling the cache.
  public Cursor cursorFrom(PageKey first) throws IOException, CorruptDataException {
    OpenFile file = open();
    int number = Math.max(0, file.lastBlockAtOrBefore(first.high(), first.low(), 0));
    Cursor cursor = new Cursor(file, number);
    while (cursor.isValid() && cursor.compareKey(first) < 0) {
      cursor.next();
    }
    return cursor;
  }

  /// A position in the file's entries.
  public final class Cursor {

    private final OpenFile file;
    private int number;
    private BlockView block;
    private int i;

    private Cursor(OpenFile file, int number) throws IOException, CorruptDataException {
      this.file = file;
      this.number = number;
      block = block(file, number, false);
    }

    public boolean isValid() {
      return i < block.count();
    }

    /// Moves on.
    public void next() throws IOException, CorruptDataException {
      i++;
      if (i >= block.count() && number + 1 < file.blocks()) {
        number++;
        block = block(file, number, false);
        i = 0;
      }
    }

    public long high() {
      return block.high(i);
    }

    public long low() {
      return block.low(i);
    }

    public PageKey key() {
      return new PageKey(high(), low());
    }

    boolean isKey(PageKey key) {
      return block.isKey(i, key.high(), key.low());
    }

    int compareKey(PageKey key) {
      return PageKey.compare(high(), low(), key.high(), key.low());
    }

    public long lsn() {
      return block.lsn(i);
    }

    public int kind() {
      return block.kind(i);
    }

    public int blockIndex() {
      return block.blockIndex(i);
    }

    /// Valid also after the cursor has moved on.
    public ByteBuffer bytes() throws CorruptDataException {
      return block.bytes(i);
    }
  }
}
