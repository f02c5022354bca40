package dev.argon.compute.memory;

import dev.argon.postgres.RelFileNode;
import java.util.Optional;

/// The states of blocks, as this JVM changes them: a fetched page is installed, a present block is
/// looked at for eviction. PostgreSQL's own changes are in `neon_block.c`; both follow the table in
/// `docs/page-faults.md`.
///
/// A block is named by its chunk's index and its number within the chunk. An entry's first eight
/// bytes, word and token, are passed around as one `long`.
public final class BlockMap {

  private final SharedMemory memory;
  private long chunksOffset;
  private long blocksOffset;

  BlockMap(SharedMemory memory) {
    this.memory = memory;
  }

  void locate() {
    chunksOffset = memory.longAt(SharedMemoryLayout.HEADER_CHUNKS_OFFSET);
    blocksOffset = memory.longAt(SharedMemoryLayout.HEADER_BLOCKS_OFFSET);
  }

  /// What a chunk descriptor says.
  ///
  /// @param status changes when the descriptor is given to another relation, and never comes back
  /// @param number which chunk of the fork: its first block divided by 1024
  /// @param local an unlogged relation's: PostgreSQL alone cares for it
  public record Chunk(
      int index, int status, RelFileNode relation, int fork, int number, boolean local) {}

  /// Descriptors that were ever in use have a lower index.
  public int chunkHigh() {
    return memory.intAt(SharedMemoryLayout.HEADER_CHUNK_HIGH);
  }

  /// Descriptors in use.
  public int liveChunks() {
    return memory.intAt(SharedMemoryLayout.HEADER_CHUNK_LIVE);
  }

  /// Reads a descriptor; empty if none lives there.
  public Optional<Chunk> chunk(int index) {
    long at = chunkAt(index);
    int status = memory.intAt(at + SharedMemoryLayout.CHUNK_STATUS);
    if ((status & SharedMemoryLayout.CHUNK_KIND_MASK) != SharedMemoryLayout.CHUNK_LIVE) {
      return Optional.empty();
    }
    Chunk chunk =
        new Chunk(
            index,
            status,
            new RelFileNode(
                memory.intAt(at + SharedMemoryLayout.CHUNK_SPC),
                memory.intAt(at + SharedMemoryLayout.CHUNK_DB),
                memory.intAt(at + SharedMemoryLayout.CHUNK_REL)),
            memory.intAt(at + SharedMemoryLayout.CHUNK_FORK),
            memory.intAt(at + SharedMemoryLayout.CHUNK_NUMBER),
            (memory.intAt(at + SharedMemoryLayout.CHUNK_FLAGS) & SharedMemoryLayout.CHUNK_LOCAL)
                != 0);
    return chunkStatus(index) == status ? Optional.of(chunk) : Optional.empty();
  }

  public int chunkStatus(int index) {
    return memory.intAt(chunkAt(index) + SharedMemoryLayout.CHUNK_STATUS);
  }

  private long chunkAt(int index) {
    return chunksOffset + (long) index * SharedMemoryLayout.CHUNK_SIZE;
  }

  private long blockAt(int chunk, int block) {
    return blocksOffset
        + ((long) chunk * SharedMemoryLayout.CHUNK_BLOCKS + block) * SharedMemoryLayout.BLOCK_SIZE;
  }

  /// Word and token.
  public long load(int chunk, int block) {
    return memory.longAt(blockAt(chunk, block));
  }

  public static int word(long entry) {
    return (int) entry;
  }

  public static int token(long entry) {
    return (int) (entry >>> 32);
  }

  public static int state(long entry) {
    return (int) entry & SharedMemoryLayout.STATE_MASK;
  }

  /// 0 is no token.
  private static int nextToken(long entry) {
    return token(entry) + 1 == 0 ? 1 : token(entry) + 1;
  }

  private static long entry(int word, int token) {
    return (long) token << 32 | Integer.toUnsignedLong(word);
  }

  /// The bound for a request for this block: PostgreSQL has not changed it after this position.
  public long notModifiedSinceLsn(int chunk, int block) {
    boolean written = (word(load(chunk, block)) & SharedMemoryLayout.F_WRITTEN) != 0;
    return written
        ? memory.longAt(blockAt(chunk, block) + SharedMemoryLayout.BLOCK_NOT_MODIFIED_SINCE)
        : memory.settings().bootLsn().value();
  }

  /// Whether the block still waits for the fetch that has this token.
  public boolean isFetching(int chunk, int block, int token) {
    long seen = load(chunk, block);
    return state(seen) == SharedMemoryLayout.FETCHING && token(seen) == token;
  }

  /// ABSENT to FETCHING, which readers do: in production only PostgreSQL's.
  ///
  /// @return the new token, or 0 if the block is not absent
  int claimForFetching(int chunk, int block) {
    long seen = load(chunk, block);
    int token = nextToken(seen);
    int word = (word(seen) & ~SharedMemoryLayout.STATE_MASK) | SharedMemoryLayout.FETCHING;
    boolean claimed =
        state(seen) == SharedMemoryLayout.ABSENT
            && memory.swapLong(blockAt(chunk, block), seen, entry(word, token));
    return claimed ? token : 0;
  }

  /// FETCHING to INSTALLING: the caller may now write the block's bytes, and must call [#installed]
  /// or [#giveUp].
  ///
  /// @return false if the fetch is no longer wanted: its page must be dropped
  public boolean claimForInstalling(int chunk, int block, int token) {
    return move(
        chunk, block, SharedMemoryLayout.FETCHING, token, SharedMemoryLayout.INSTALLING, 0, 0);
  }

  /// INSTALLING to PRESENT.
  ///
  /// @param zero the page is all zeros, and the file has a hole there
  public void installed(int chunk, int block, int token, boolean zero) {
    int flags =
        SharedMemoryLayout.F_USED
            | SharedMemoryLayout.F_IMAGED
            | (zero ? SharedMemoryLayout.F_ZERO : SharedMemoryLayout.F_COUNTED);
    if (!zero) {
      memory.countResident(1);
    }
    finish(
        chunk,
        block,
        SharedMemoryLayout.INSTALLING,
        token,
        SharedMemoryLayout.PRESENT,
        flags,
        SharedMemoryLayout.F_ZERO
            | SharedMemoryLayout.F_KEEP
            | SharedMemoryLayout.F_SEQUENCE
            | SharedMemoryLayout.F_DIFFERS
            | SharedMemoryLayout.F_COUNTED);
  }

  /// INSTALLING to ABSENT: the page could not be written.
  public void giveUp(int chunk, int block, int token) {
    finish(chunk, block, SharedMemoryLayout.INSTALLING, token, SharedMemoryLayout.ABSENT, 0, 0);
  }

  /// FETCHING to ABSENT, if it still is this fetch: the page did not come.
  public void fetchFailed(int chunk, int block, int token) {
    long before =
        swap(
            chunk,
            block,
            SharedMemoryLayout.FETCHING,
            token,
            SharedMemoryLayout.ABSENT,
            token,
            0,
            SharedMemoryLayout.F_WAITERS);
    wakeAfter(chunk, block, before);
  }

  /// PRESENT to EVICTING: the caller may look at the bytes and drop them, and must call [#kept],
  /// [#keptAsZero] or [#evicted]. The token goes up, so that who reads the file now reads again.
  ///
  /// @return the new token, or 0 if the block is not as it was seen
  public int claimForEvicting(int chunk, int block, long seen) {
    int token = nextToken(seen);
    int word = (word(seen) & ~SharedMemoryLayout.STATE_MASK) | SharedMemoryLayout.EVICTING;
    return memory.swapLong(blockAt(chunk, block), seen, entry(word, token)) ? token : 0;
  }

  /// EVICTING to PRESENT: it must stay.
  public void kept(int chunk, int block, int token) {
    finish(
        chunk,
        block,
        SharedMemoryLayout.EVICTING,
        token,
        SharedMemoryLayout.PRESENT,
        SharedMemoryLayout.F_KEEP,
        0);
  }

  /// EVICTING to PRESENT: it is all zeros and takes no space any more.
  public void keptAsZero(int chunk, int block, int token) {
    memory.countResident(-1);
    finish(
        chunk,
        block,
        SharedMemoryLayout.EVICTING,
        token,
        SharedMemoryLayout.PRESENT,
        SharedMemoryLayout.F_ZERO,
        SharedMemoryLayout.F_COUNTED | SharedMemoryLayout.F_KEEP);
  }

  /// EVICTING to ABSENT: the file has a hole there now. What was written here keeps its bound.
  public void evicted(int chunk, int block, int token) {
    memory.countResident(-1);
    memory.count(SharedMemoryLayout.EVICTED_BLOCKS, 1);
    finish(
        chunk,
        block,
        SharedMemoryLayout.EVICTING,
        token,
        SharedMemoryLayout.ABSENT,
        0,
        SharedMemoryLayout.F_COUNTED
            | SharedMemoryLayout.F_KEEP
            | SharedMemoryLayout.F_ZERO
            | SharedMemoryLayout.F_IMAGED
            | SharedMemoryLayout.F_SEQUENCE
            | SharedMemoryLayout.F_DIFFERS
            | SharedMemoryLayout.F_USED);
  }

  /// Compare mode has found the block different: its next reader gets an error. Nothing happens if
  /// it is no longer as it was seen.
  public void markDifferent(int chunk, int block, int token) {
    boolean _ =
        move(
            chunk,
            block,
            SharedMemoryLayout.PRESENT,
            token,
            SharedMemoryLayout.PRESENT,
            SharedMemoryLayout.F_DIFFERS,
            0);
  }

  /// Takes the mark of recent use away, so that the next round may evict the block.
  public void forgetUse(int chunk, int block, long seen) {
    memory.swapLong(
        blockAt(chunk, block), seen, entry(word(seen) & ~SharedMemoryLayout.F_USED, token(seen)));
  }

  /// The owner of a state changes it: must succeed, as others only add flags meanwhile.
  private void finish(
      int chunk, int block, int from, int token, int to, int flags, int clearedFlags) {
    long before =
        swap(
            chunk,
            block,
            from,
            token,
            to,
            token,
            flags,
            clearedFlags | SharedMemoryLayout.F_WAITERS);
    if (before == 0) {
      throw new IllegalStateException(
          "block "
              + block
              + " of chunk "
              + chunk
              + " left state "
              + from
              + " by itself: "
              + Long.toHexString(load(chunk, block)));
    }
    wakeAfter(chunk, block, before);
  }

  private boolean move(
      int chunk, int block, int from, int token, int to, int flags, int clearedFlags) {
    return swap(chunk, block, from, token, to, token, flags, clearedFlags) != 0;
  }

  /// @return the entry before, or 0 if state or token were others
  private long swap(
      int chunk,
      int block,
      int from,
      int token,
      int to,
      int newToken,
      int flags,
      int clearedFlags) {
    long at = blockAt(chunk, block);
    while (true) {
      long seen = memory.longAt(at);
      if (state(seen) != from || token(seen) != token) {
        return 0;
      }
      int word = (word(seen) & ~SharedMemoryLayout.STATE_MASK & ~clearedFlags) | flags | to;
      if (memory.swapLong(at, seen, entry(word, newToken))) {
        return seen;
      }
    }
  }

  private void wakeAfter(int chunk, int block, long before) {
    if ((word(before) & SharedMemoryLayout.F_WAITERS) != 0) {
      memory.wake(blockAt(chunk, block));
    }
  }
}
