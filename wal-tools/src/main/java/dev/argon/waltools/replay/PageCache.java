package dev.argon.waltools.replay;

import dev.argon.postgres.Fork;
import dev.argon.postgres.page.Page;
import dev.argon.postgres.page.PageChecksum;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.redo.page.PageHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The memory that pages lie in while they are replayed: a bounded number of frames of 8 kB, cut
/// from large direct buffers that are taken as they are needed. When all are in use the clock hand
/// finds one that was not used for a round; if it was changed it is written to the overlay.
///
/// The dispatcher's. A worker may change the content of a frame between the moment at which the
/// dispatcher gave it the batch and the moment at which the batch is completed: [#pin] keeps a
/// frame from being taken away in between.
final class PageCache {

  static final int PAGE_SIZE = 8192;

  private static final int CHUNK_BITS = 12;
  private static final int FRAMES_PER_CHUNK = 1 << CHUNK_BITS;

  /// Fewer frames than this could not hold the pages of the batches under way.
  static final int FRAMES_MIN = 1024;

  private static final byte[] NO_PAGE = {};
  private static final byte DIRTY = 1;
  private static final byte SPILLED = 2;
  private static final byte USED = 4;

  /// Which batches are done, for pinned frames.
  interface Batches {
    /// All batches up to this one are completed.
    long completed();

    /// Completes all batches, the one being filled included.
    void drain();
  }

  /// Makes the cache when it is known who completes batches.
  @FunctionalInterface
  interface Source {
    PageCache create(Batches batches);
  }

  private final PageFiles files;
  private final int framesMax;
  private final boolean checksums;
  private final Batches batches;

  /// By frame number, from 1, in two levels. A row is set before any batch names its frames and
  /// never changed, so workers may read it.
  private final ByteBuffer[][] pages;

  private int frameCount;

  // By frame number, from 1.
  private @Nullable ForkFile[] owners = {null};
  private int[] blocks = {0};
  private byte[] flags = {0};
  private long[] pins = {0};

  /// Frames that belong to no block.
  private int[] free = {};

  private int freeCount;
  private int hand = 1;
  private final byte[] zeros = new byte[PAGE_SIZE];
  private final byte[] checksummed = new byte[PAGE_SIZE];
  private final ByteBuffer[] single = new ByteBuffer[1];
  private final Findings damaged = new Findings();
  private long pagesRead;
  private long pagesSpilled;

  PageCache(PageFiles files, long memoryBytes, boolean checksums, Batches batches) {
    this.files = files;
    this.checksums = checksums;
    this.batches = batches;
    long frames = Math.max(FRAMES_MIN, memoryBytes / PAGE_SIZE);
    framesMax = (int) Math.min(frames, Integer.MAX_VALUE / 2);
    pages = new ByteBuffer[(framesMax >>> CHUNK_BITS) + 1][];
  }

  ByteBuffer page(int frame) {
    return pages[(frame - 1) >>> CHUNK_BITS][(frame - 1) & (FRAMES_PER_CHUNK - 1)];
  }

  boolean isDirty(int frame) {
    return (flags[frame] & DIRTY) != 0;
  }

  boolean isSpilled(int frame) {
    return (flags[frame] & SPILLED) != 0;
  }

  long pagesRead() {
    return pagesRead;
  }

  long pagesSpilled() {
    return pagesSpilled;
  }

  /// The block's frame is about to be changed.
  void use(int frame) {
    byte now = flags[frame];
    if ((now & (DIRTY | USED)) != (DIRTY | USED)) {
      flags[frame] = (byte) (now | DIRTY | USED);
    }
  }

  /// The frame stays until the batch is completed.
  void pin(int frame, long batch) {
    pins[frame] = batch;
  }

  /// The frame of a block that exists; reads it if it is not in memory.
  ///
  /// @param anew its content does not matter: it is zeros if it is not in memory
  int frame(ForkFile fork, int block, boolean anew) throws IOException {
    int at = fork.frame(block);
    return at > 0 ? at : load(fork, block, at, anew);
  }

  private int load(ForkFile fork, int block, int at, boolean anew) throws IOException {
    int frame = take();
    ByteBuffer page = page(frame);
    if (anew) {
      page.put(0, zeros);
    } else if (at == ForkFile.IN_OVERLAY) {
      files.read(fork.overlayPath, block, true, page);
      pagesRead++;
    } else if (block < fork.baseBlocks) {
      files.read(fork.basePath, block, false, page);
      pagesRead++;
      verifyChecksum(fork, block, page);
    } else {
      page.put(0, zeros);
    }
    owners[frame] = fork;
    blocks[frame] = block;
    flags[frame] = at == ForkFile.IN_OVERLAY ? (byte) (USED | SPILLED) : USED;
    fork.setFrame(block, frame);
    return frame;
  }

  // A server would not go on with such a page. Maps it would take for empty ones.
  private void verifyChecksum(ForkFile fork, int block, ByteBuffer page) {
    if (!checksums || fork.fork != Fork.MAIN || PageHeader.isNew(page)) {
      return;
    }
    page.get(0, checksummed);
    int stored = Page.checksum(checksummed);
    int right = PageChecksum.compute(checksummed, block);
    if (stored != right) {
      damaged.add(
          new Finding(
              Finding.Kind.DAMAGED_PAGE,
              ResourceManager.XLOG,
              0,
              0,
              0,
              fork.relation(),
              fork.fork,
              block,
              "the base's page has checksum %04X, its content %04X".formatted(stored, right),
              -1,
              NO_PAGE,
              NO_PAGE));
    }
  }

  /// Pages of the base that were read and are damaged.
  Findings damaged() {
    return damaged;
  }

  /// Forgets a block: its content becomes that of the base, or zeros.
  void discard(ForkFile fork, int block) {
    int frame = fork.frame(block);
    if (frame > 0) {
      release(frame);
    }
    if (frame != ForkFile.IN_BASE) {
      fork.setFrame(block, ForkFile.IN_BASE);
    }
  }

  private void release(int frame) {
    owners[frame] = null;
    flags[frame] = 0;
    pins[frame] = 0;
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, Math.max(64, free.length * 2));
    }
    free[freeCount++] = frame;
  }

  private int take() throws IOException {
    if (freeCount == 0 && frameCount < framesMax) {
      addChunk();
    }
    if (freeCount > 0) {
      return free[--freeCount];
    }
    return evict();
  }

  private void addChunk() {
    int first = frameCount + 1;
    int count = Math.min(FRAMES_PER_CHUNK, framesMax - frameCount);
    ByteBuffer memory = ByteBuffer.allocateDirect(count * PAGE_SIZE);
    ByteBuffer[] row = new ByteBuffer[count];
    for (int i = 0; i < count; i++) {
      row[i] = memory.slice(i * PAGE_SIZE, PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    }
    pages[frameCount >>> CHUNK_BITS] = row;
    frameCount += count;
    owners = Arrays.copyOf(owners, frameCount + 1);
    blocks = Arrays.copyOf(blocks, frameCount + 1);
    flags = Arrays.copyOf(flags, frameCount + 1);
    pins = Arrays.copyOf(pins, frameCount + 1);
    for (int frame = frameCount; frame >= first; frame--) {
      release(frame);
    }
  }

  // Two rounds clear every mark; what is then left is pinned by batches under way.
  private int evict() throws IOException {
    long completed = batches.completed();
    for (int passed = 0; ; passed++) {
      if (passed == 2 * frameCount) {
        batches.drain();
        completed = batches.completed();
      }
      hand = hand >= frameCount ? 1 : hand + 1;
      if ((flags[hand] & USED) != 0) {
        flags[hand] &= ~USED;
      } else if (pins[hand] <= completed) {
        putAway(hand);
        return hand;
      }
    }
  }

  private void putAway(int frame) throws IOException {
    ForkFile fork = owners[frame];
    if (fork == null) {
      throw new IllegalStateException("a frame that nobody owns is in use");
    }
    boolean spilled = isSpilled(frame);
    if (isDirty(frame)) {
      prepareForFile(frame, checksummed);
      single[0] = page(frame);
      files.write(fork.overlayPath, blocks[frame], single, 1);
      spilled = true;
      pagesSpilled++;
    }
    fork.setFrame(blocks[frame], spilled ? ForkFile.IN_OVERLAY : ForkFile.IN_BASE);
    owners[frame] = null;
    flags[frame] = 0;
    pins[frame] = 0;
  }

  /// Sets the checksum, if the cluster has them. New pages have none.
  ///
  /// @param scratch of a page's size, the calling thread's
  void prepareForFile(int frame, byte[] scratch) {
    ByteBuffer page = page(frame);
    if (checksums && !PageHeader.isNew(page)) {
      page.get(0, scratch);
      int checksum = PageChecksum.compute(scratch, blocks[frame]);
      page.putShort(8, (short) checksum);
    }
  }
}
