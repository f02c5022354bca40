package dev.argon.compute.eviction;

import dev.argon.compute.memory.BlockMap;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.VitalThread;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// The thread that keeps the relation files near the cache limit, which PostgreSQL's setting
/// `neon.file_cache_size_limit` gives.
///
/// A clock over all chunks: a block that was read since the hand came by last is spared once.
/// Blocks that must stay are left alone until the horizons have moved. The limit is soft: far above
/// it the server is asked to log images of pages that are kept for a running command's sake, after
/// which they may go.
public final class Evictor implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(Evictor.class.getName());

  /// How often the limit is looked at; each chunk of a gigabyte takes far longer to fill.
  private static final long INTERVAL_MILLIS = 50;

  /// Evict to this much below the limit at a time: 1/32.
  private static final int SLACK_SHIFT = 5;

  /// Images are ordered from here on: twice the limit, and at least 64 MiB above it.
  private static final long HARD_SLACK_BLOCKS = 8192;

  private final SharedMemory memory;
  private final ChunkSweep sweep;
  private final Thread thread;

  private final CountDownLatch closed = new CountDownLatch(1);

  private final LongAdder handMoves = new LongAdder();
  private final LongAdder rounds = new LongAdder();

  private int hand;
  private long sweptTransactionHorizonLsn;
  private long sweptVacuumHorizonLsn;

  /// @param dataDirectory of PostgreSQL
  /// @param check asked before a block is dropped; closed by the evictor's thread
  public Evictor(SharedMemory memory, Path dataDirectory, DropCheck check) {
    this.memory = memory;
    sweep = new ChunkSweep(memory, dataDirectory, check);
    thread = VitalThread.of("evictor", this::run);
  }

  public void start() {
    thread.start();
  }

  /// Blocks dropped so far.
  public long evictedBlocks() {
    return sweep.count(Verdict.DROP);
  }

  /// How often the hand has moved by a chunk.
  public long handMoves() {
    return handMoves.sum();
  }

  /// How often the limit was looked at, and what lay above it was dropped as far as possible.
  public long rounds() {
    return rounds.sum();
  }

  /// How often each verdict was given.
  public Map<Verdict, Long> verdicts() {
    Map<Verdict, Long> counts = new EnumMap<>(Verdict.class);
    for (Verdict verdict : Verdict.values()) {
      counts.put(verdict, sweep.count(verdict));
    }
    return counts;
  }

  private void run() {
    try {
      while (closed.getCount() > 0) {
        if (memory.takeSpaceWanted()) {
          round(memory.residentBlocks() / 2);
        } else if (isAbove(memory.cacheLimitBlocks())) {
          round(memory.cacheLimitBlocks());
        }
        rounds.increment();
        boolean _ = closed.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      LOGGER.log(Level.WARNING, "the evictor was interrupted and ends", e);
    } finally {
      sweep.close();
    }
  }

  private boolean isAbove(long limit) {
    return limit >= 0 && memory.residentBlocks() > limit;
  }

  /// Moves the hand until enough is dropped, at most twice around: once to take the marks of use
  /// away, once to drop.
  private void round(long limit) {
    long target = limit - (limit >> SLACK_SHIFT);
    int chunks = memory.blocks().chunkHigh();
    KeepRule rule = rule();
    boolean moved =
        rule.transactionHorizonLsn() != sweptTransactionHorizonLsn
            || rule.vacuumHorizonLsn() != sweptVacuumHorizonLsn;
    boolean orderImages =
        memory.residentBlocks() > Math.max(2 * limit, limit + HARD_SLACK_BLOCKS)
            && memory.ordersAreServed();
    for (int i = 0;
        i < 2 * chunks && memory.residentBlocks() > target && closed.getCount() > 0;
        i++) {
      if (hand >= chunks) {
        hand = 0;
      }
      int chunk = hand++;
      handMoves.increment();
      memory.blocks().chunk(chunk).ifPresent(found -> sweepChunk(found, rule, moved, orderImages));
    }
    sweptTransactionHorizonLsn = rule.transactionHorizonLsn();
    sweptVacuumHorizonLsn = rule.vacuumHorizonLsn();
  }

  private KeepRule rule() {
    return switch (memory.settings().mode()) {
      case PRIMARY, STATIC ->
          new KeepRule(memory.transactionHorizonLsn(), memory.vacuumHorizonLsn());
      case REPLICA -> KeepRule.replayed(memory.replayLsn());
    };
  }

  private void sweepChunk(BlockMap.Chunk chunk, KeepRule rule, boolean moved, boolean images) {
    if (chunk.local()) {
      return;
    }
    try {
      sweep.run(chunk, rule, moved, images);
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "cannot evict from " + chunk + ": " + e.getMessage());
    }
  }

  /// Ends the thread.
  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
