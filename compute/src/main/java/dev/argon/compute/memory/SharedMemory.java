package dev.argon.compute.memory;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.SPARSE;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// The mapped file of one start of PostgreSQL. Created before the postmaster starts, closed after
/// it has ended and the threads that use it too.
///
/// Everything here may be called from any thread.
public final class SharedMemory implements AutoCloseable {

  private static final int PAGE = 4096;
  private static final int IMAGE_ORDERS = 1024;

  /// Each for up to 32 blocks; the worker serves them ten times a second or when it is woken.
  private static final int WARM_ORDERS = 256;

  /// The shim gives each process as many as it wants of these.
  private static final int DEMAND_SLOTS_PER_PROCESS = 4;

  /// Read-ahead requests under way at a time, of 32 blocks each.
  private static final int AHEAD_SLOTS = 128;

  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  private final Path file;
  private final Arena arena;
  private final MemorySegment memory;
  private final SharedMemorySettings settings;
  private final BlockMap blocks;
  private final RequestSlots slots;
  private final WorkingSet workingSet;
  private final AtomicBoolean spaceWanted = new AtomicBoolean();

  private SharedMemory(
      Path file, Arena arena, MemorySegment memory, SharedMemorySettings settings) {
    this.file = file;
    this.arena = arena;
    this.memory = memory;
    this.settings = settings;
    blocks = new BlockMap(this);
    slots = new RequestSlots(this);
    workingSet = new WorkingSet(this);
  }

  /// Creates the file, which must not exist, and maps it.
  public static SharedMemory create(Path file, SharedMemorySettings settings) throws IOException {
    int demandSlots = rowsFor(settings.processes()) * DEMAND_SLOTS_PER_PROCESS;
    int slotCount = demandSlots + AHEAD_SLOTS;
    int hashSlots = Integer.highestOneBit(settings.chunkMax() * 2 - 1) << 1;
    long hash = SharedMemoryLayout.HEADER_SIZE;
    long chunks = aligned(hash + 4L * hashSlots);
    long slots = aligned(chunks + (long) SharedMemoryLayout.CHUNK_SIZE * settings.chunkMax());
    long submitted = aligned(slots + (long) SharedMemoryLayout.SLOT_SIZE * slotCount);
    long rows = aligned(submitted + 8L * ((slotCount + 63) / 64));
    long orders =
        aligned(rows + 8L * SharedMemoryLayout.PROC_COUNTERS * rowsFor(settings.processes()));
    long waits = aligned(orders + (long) SharedMemoryLayout.ORDER_SIZE * IMAGE_ORDERS);
    long reads =
        aligned(waits + 8L * SharedMemoryLayout.WAIT_COUNTERS * rowsFor(settings.processes()));
    long warm = aligned(reads + WorkingSet.SIZE_BYTES);
    long blocks = aligned(warm + (long) SharedMemoryLayout.WARM_SIZE * WARM_ORDERS);
    long size =
        aligned(
            blocks
                + (long) SharedMemoryLayout.BLOCK_SIZE
                    * SharedMemoryLayout.CHUNK_BLOCKS
                    * settings.chunkMax());

    Arena arena = Arena.ofShared();
    boolean created = false;
    try (FileChannel channel = FileChannel.open(file, CREATE_NEW, SPARSE, READ, WRITE)) {
      channel.write(ByteBuffer.allocate(1), size - 1);
      // What is touched from the beginning. A full disk is an error here and SIGBUS later.
      try (SegmentFile space = SegmentFile.open(file.toString())) {
        space.reserve(0, chunks);
        space.reserve(slots, blocks - slots);
      }
      MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
      SharedMemory shared = new SharedMemory(file, arena, memory, settings);
      shared.setInt(SharedMemoryLayout.HEADER_LAYOUT_VERSION, SharedMemoryLayout.LAYOUT_VERSION);
      shared.setInt(SharedMemoryLayout.HEADER_MODE, settings.mode().number());
      shared.setLong(SharedMemoryLayout.HEADER_FILE_SIZE, size);
      shared.setLong(SharedMemoryLayout.HEADER_BOOT_LSN, settings.bootLsn().value());
      shared.setInt(SharedMemoryLayout.HEADER_CHUNK_MAX, settings.chunkMax());
      shared.setInt(SharedMemoryLayout.HEADER_HASH_SLOTS, hashSlots);
      shared.setInt(SharedMemoryLayout.HEADER_DEMAND_SLOTS, demandSlots);
      shared.setInt(SharedMemoryLayout.HEADER_SLOTS, slotCount);
      shared.setInt(SharedMemoryLayout.HEADER_PROCESS_ROWS, rowsFor(settings.processes()));
      shared.setInt(SharedMemoryLayout.HEADER_IMAGE_ORDERS, IMAGE_ORDERS);
      shared.setLong(SharedMemoryLayout.HEADER_HASH_OFFSET, hash);
      shared.setLong(SharedMemoryLayout.HEADER_CHUNKS_OFFSET, chunks);
      shared.setLong(SharedMemoryLayout.HEADER_BLOCKS_OFFSET, blocks);
      shared.setLong(SharedMemoryLayout.HEADER_SLOTS_OFFSET, slots);
      shared.setLong(SharedMemoryLayout.HEADER_SUBMITTED_OFFSET, submitted);
      shared.setLong(SharedMemoryLayout.HEADER_ROWS_OFFSET, rows);
      shared.setLong(SharedMemoryLayout.HEADER_ORDERS_OFFSET, orders);
      shared.setLong(SharedMemoryLayout.HEADER_WAITS_OFFSET, waits);
      shared.setLong(SharedMemoryLayout.HEADER_READS_OFFSET, reads);
      shared.setLong(SharedMemoryLayout.HEADER_WARM_OFFSET, warm);
      shared.setInt(SharedMemoryLayout.HEADER_WARM_ORDERS, WARM_ORDERS);
      // Until the server's worker says otherwise: nothing written here may go, and nothing has to.
      shared.setLong(SharedMemoryLayout.HEADER_TRANSACTION_HORIZON, settings.bootLsn().value());
      shared.setLong(SharedMemoryLayout.HEADER_VACUUM_HORIZON, settings.bootLsn().value());
      shared.setLong(SharedMemoryLayout.HEADER_CACHE_LIMIT_BLOCKS, -1);
      shared.setLong(SharedMemoryLayout.HEADER_MAGIC, SharedMemoryLayout.MAGIC);
      shared.blocks.locate();
      shared.slots.locate();
      created = true;
      return shared;
    } finally {
      if (!created) {
        arena.close();
      }
    }
  }

  private static int rowsFor(int processes) {
    return processes + 64;
  }

  private static long aligned(long offset) {
    return (offset + PAGE - 1) / PAGE * PAGE;
  }

  public Path file() {
    return file;
  }

  public SharedMemorySettings settings() {
    return settings;
  }

  public BlockMap blocks() {
    return blocks;
  }

  public RequestSlots slots() {
    return slots;
  }

  public WorkingSet workingSet() {
    return workingSet;
  }

  /// Whether a server has mapped the file.
  public boolean isAttached() {
    return intAt(SharedMemoryLayout.HEADER_SERVER_VERSION_NUM) != 0;
  }

  /// Tells writers how far the quorum is.
  public void publishCommitLsn(Lsn lsn) {
    setLong(SharedMemoryLayout.HEADER_COMMIT_LSN, lsn.value());
  }

  /// Writers wait while more than this many bytes of WAL are not committed; 0 is no limit.
  public void limitCommitLag(long bytes) {
    setLong(SharedMemoryLayout.HEADER_COMMIT_LAG_MAX, bytes);
  }

  /// Tells writers how far the pageserver is.
  public void publishPageserverLsn(Lsn lsn) {
    setLong(SharedMemoryLayout.HEADER_PAGESERVER_LSN, lsn.value());
  }

  /// Writers wait while the pageserver is more than this many bytes behind; 0 is no limit.
  public void limitPageserverLag(long bytes) {
    setLong(SharedMemoryLayout.HEADER_PAGESERVER_LAG_MAX, bytes);
  }

  /// Where the server inserts WAL, as of the worker's last round; 0/0 before the first.
  public Lsn insertLsn() {
    return new Lsn(longAt(SharedMemoryLayout.HEADER_INSERT_LSN));
  }

  /// How far the pageserver is, as far as this compute knows.
  public long pageserverLsn() {
    return longAt(SharedMemoryLayout.HEADER_PAGESERVER_LSN);
  }

  /// The server's `neon.debug_compare_local`.
  public int compareMode() {
    return intAt(SharedMemoryLayout.HEADER_COMPARE_MODE);
  }

  /// Up to here WAL is in the server's own files, as of the worker's last round.
  public Lsn flushLsn() {
    return new Lsn(longAt(SharedMemoryLayout.HEADER_FLUSH_LSN));
  }

  /// Rounds of the server's background worker so far, about ten a second.
  public long workerRounds() {
    return longAt(SharedMemoryLayout.HEADER_ROUNDS);
  }

  /// No transaction that wrote WAL at or before this position runs a command any more.
  public long transactionHorizonLsn() {
    return longAt(SharedMemoryLayout.HEADER_TRANSACTION_HORIZON);
  }

  /// No vacuum of a b-tree that began before this position is still running.
  public long vacuumHorizonLsn() {
    return longAt(SharedMemoryLayout.HEADER_VACUUM_HORIZON);
  }

  /// Of a replica: all WAL before this position is applied. 0 before it replays.
  public long replayLsn() {
    return longAt(SharedMemoryLayout.HEADER_REPLAY_LSN);
  }

  /// Of a replica: up to here it has received WAL; 0 before it has any.
  public long streamLsn() {
    return longAt(SharedMemoryLayout.HEADER_STREAM_LSN);
  }

  /// Of a replica: whether it is connected to a safekeeper.
  public boolean isReplayStreaming() {
    return (intAt(SharedMemoryLayout.HEADER_REPLAY_STATE) & SharedMemoryLayout.REPLAY_STREAMING)
        != 0;
  }

  /// Of a replica: whether PostgreSQL has stopped to replay until somebody looks at it.
  public boolean isReplayPaused() {
    return (intAt(SharedMemoryLayout.HEADER_REPLAY_STATE) & SharedMemoryLayout.REPLAY_PAUSED) != 0;
  }

  /// Holds until the server's worker, which knows the setting, says otherwise.
  public void limitCache(long blocks) {
    setLong(SharedMemoryLayout.HEADER_CACHE_LIMIT_BLOCKS, blocks);
  }

  /// How many blocks may stay in the relation files; negative is no limit.
  public long cacheLimitBlocks() {
    return longAt(SharedMemoryLayout.HEADER_CACHE_LIMIT_BLOCKS);
  }

  /// How many blocks take space in the relation files.
  public long residentBlocks() {
    return counter(SharedMemoryLayout.RESIDENT_BLOCKS);
  }

  /// Before a planned stop: has the server write a checkpoint and log what it keeps beyond WAL
  /// (sequence values ahead, free space and visibility maps), and waits for it.
  ///
  /// @return whether it was done within the time; if not, a stop loses no data, but sequences jump
  public boolean prepareForStop(long timeoutMillis) {
    int request = (int) INT.getAndAdd(memory, (long) SharedMemoryLayout.HEADER_STOP_REQUEST, 1) + 1;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (true) {
      int done = intAt(SharedMemoryLayout.HEADER_STOP_DONE);
      if (done - request >= 0) {
        return true;
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      Futex.await(memory, SharedMemoryLayout.HEADER_STOP_DONE, done, Math.min(left, 100));
    }
  }

  /// Asks the server's worker to log an image of a block.
  ///
  /// @return false if its list of orders is full. Only for one thread, the evictor's
  public boolean orderImage(int chunk, int chunkStatus, int block) {
    int head = intAt(SharedMemoryLayout.HEADER_ORDERS_HEAD);
    if (head - intAt(SharedMemoryLayout.HEADER_ORDERS_TAIL) >= IMAGE_ORDERS) {
      return false;
    }
    long at =
        longAt(SharedMemoryLayout.HEADER_ORDERS_OFFSET)
            + (long) (head & (IMAGE_ORDERS - 1)) * SharedMemoryLayout.ORDER_SIZE;
    setInt(at + SharedMemoryLayout.ORDER_CHUNK, chunk);
    setInt(at + SharedMemoryLayout.ORDER_CHUNK_STATUS, chunkStatus);
    setInt(at + SharedMemoryLayout.ORDER_BLOCK, block);
    setInt(SharedMemoryLayout.HEADER_ORDERS_HEAD, head + 1);
    return true;
  }

  /// Asks the server's worker to ask for blocks, as a reader ahead would: without a file, past its
  /// end, or without a free request slot nothing comes of it.
  ///
  /// @param count at most a request's
  /// @return false if its list of orders is full. Only for one thread at a time
  public boolean orderWarm(RelFileNode relation, int fork, int firstBlock, int count) {
    int head = intAt(SharedMemoryLayout.HEADER_WARM_HEAD);
    if (head - intAt(SharedMemoryLayout.HEADER_WARM_TAIL) >= WARM_ORDERS) {
      return false;
    }
    long at =
        longAt(SharedMemoryLayout.HEADER_WARM_OFFSET)
            + (long) (head & (WARM_ORDERS - 1)) * SharedMemoryLayout.WARM_SIZE;
    setInt(at + SharedMemoryLayout.WARM_SPC, relation.spcNode());
    setInt(at + SharedMemoryLayout.WARM_DB, relation.dbNode());
    setInt(at + SharedMemoryLayout.WARM_REL, relation.relNode());
    setInt(at + SharedMemoryLayout.WARM_FORK, fork);
    setInt(at + SharedMemoryLayout.WARM_FIRST_BLOCK, firstBlock);
    setInt(at + SharedMemoryLayout.WARM_COUNT, count);
    setInt(SharedMemoryLayout.HEADER_WARM_HEAD, head + 1);
    return true;
  }

  /// How many warm orders the worker has not looked at yet.
  public int warmOrdersUnserved() {
    return intAt(SharedMemoryLayout.HEADER_WARM_HEAD) - intAt(SharedMemoryLayout.HEADER_WARM_TAIL);
  }

  /// Blocks that the worker has asked for on warm orders; those that were here already, or are no
  /// more, do not count.
  public long warmedBlocks() {
    return counter(SharedMemoryLayout.WARMED_BLOCKS);
  }

  /// Requests to the pageserver that have no answer yet.
  public long openRequests() {
    return counter(SharedMemoryLayout.OPEN_REQUESTS);
  }

  /// What the pageserver last said, for SQL functions.
  public void publishPageserver(Lsn received, Lsn diskConsistent, Lsn remoteConsistent) {
    setLong(SharedMemoryLayout.HEADER_RECEIVED_LSN, received.value());
    setLong(SharedMemoryLayout.HEADER_DISK_CONSISTENT_LSN, diskConsistent.value());
    setLong(SharedMemoryLayout.HEADER_REMOTE_CONSISTENT_LSN, remoteConsistent.value());
  }

  /// Whether all image orders were looked at.
  public boolean ordersAreServed() {
    return intAt(SharedMemoryLayout.HEADER_ORDERS_HEAD)
        == intAt(SharedMemoryLayout.HEADER_ORDERS_TAIL);
  }

  /// The disk is full: the evictor should make room beyond its limit.
  public void wantSpace() {
    spaceWanted.set(true);
  }

  /// Whether room was wanted since the last call.
  public boolean takeSpaceWanted() {
    return spaceWanted.getAndSet(false);
  }

  /// What PostgreSQL's processes have counted so far.
  public ServerCounters serverCounters() {
    return new ServerCounters(
        rows(SharedMemoryLayout.PROC_HITS),
        rows(SharedMemoryLayout.PROC_MISSES),
        rows(SharedMemoryLayout.PROC_WAITS),
        rows(SharedMemoryLayout.PROC_READAHEAD),
        rows(SharedMemoryLayout.PROC_WRITES),
        rows(SharedMemoryLayout.PROC_EXTENDS),
        rows(SharedMemoryLayout.PROC_WAIT_MICROS),
        residentBlocks(),
        counter(SharedMemoryLayout.ZERO_PAGE_ERRORS),
        counter(SharedMemoryLayout.IMAGES_LOGGED),
        counter(SharedMemoryLayout.IMAGES_ORDERED),
        counter(SharedMemoryLayout.IMAGES_SKIPPED),
        counter(SharedMemoryLayout.THROTTLE_MICROS),
        counter(SharedMemoryLayout.THROTTLED_NOW),
        counter(SharedMemoryLayout.CANCELS_HELD),
        counter(SharedMemoryLayout.TRUNCATES_REPEATED),
        new ServerCounters.Comparisons(
            rows(SharedMemoryLayout.PROC_COMPARES),
            counter(SharedMemoryLayout.UNCOMPARED_FSM),
            counter(SharedMemoryLayout.UNCOMPARED_MAP),
            counter(SharedMemoryLayout.UNCOMPARED_SHARED),
            counter(SharedMemoryLayout.UNCOMPARED_DIRECT),
            counter(SharedMemoryLayout.UNCOMPARED_REPLAY)));
  }

  private long rows(int counter) {
    long offset = longAt(SharedMemoryLayout.HEADER_ROWS_OFFSET);
    int count = intAt(SharedMemoryLayout.HEADER_PROCESS_ROWS);
    long sum = 0;
    for (int row = 0; row < count; row++) {
      sum += longAt(offset + 8L * ((long) row * SharedMemoryLayout.PROC_COUNTERS + counter));
    }
    return sum;
  }

  private long counter(int number) {
    return longAt(SharedMemoryLayout.HEADER_COUNTERS + 8L * number);
  }

  void countResident(long blocks) {
    count(SharedMemoryLayout.RESIDENT_BLOCKS, blocks);
  }

  /// Adds to one of the counters that SQL functions show.
  public void count(int number, long amount) {
    LONG.getAndAdd(memory, SharedMemoryLayout.HEADER_COUNTERS + 8L * number, amount);
  }

  int intAt(long offset) {
    return (int) INT.getVolatile(memory, offset);
  }

  long longAt(long offset) {
    return (long) LONG.getVolatile(memory, offset);
  }

  void setInt(long offset, int value) {
    INT.setVolatile(memory, offset, value);
  }

  void setLong(long offset, long value) {
    LONG.setVolatile(memory, offset, value);
  }

  boolean swapInt(long offset, int expected, int wanted) {
    return INT.compareAndSet(memory, offset, expected, wanted);
  }

  boolean swapLong(long offset, long expected, long wanted) {
    return LONG.compareAndSet(memory, offset, expected, wanted);
  }

  long takeLong(long offset) {
    return (long) LONG.getAndSet(memory, offset, 0L);
  }

  void awaitChange(long offset, int value, long millis) {
    Futex.await(memory, offset, value, millis);
  }

  void wake(long offset) {
    Futex.wake(memory, offset);
  }

  MemorySegment memory() {
    return memory;
  }

  /// Unmaps the file. No other thread may use this object any more.
  @Override
  public void close() {
    arena.close();
  }
}
