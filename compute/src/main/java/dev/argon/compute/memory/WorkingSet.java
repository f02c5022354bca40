package dev.argon.compute.memory;

/// How many different blocks PostgreSQL's processes have read in a span of time up to now: an
/// estimate by HyperLogLog (Flajolet and others, 2007), in which each register has a time for each
/// rank in place of one maximum (sliding HyperLogLog, Chabchoub and Hébrail, 2010). So one table
/// answers for any span.
///
/// Standard error with 1024 registers: 1.04 / sqrt(1024) = 3.3 %. Times are whole seconds, so a
/// span's edge is off by up to one. Reads that the buffer pool answered do not come here, nor
/// blocks that were only fetched ahead.
///
/// The processes write the table (`neon_working_set.c`); any thread may ask.
public final class WorkingSet {

  static final long SIZE_BYTES =
      4L * SharedMemoryLayout.READ_RANKS * SharedMemoryLayout.READ_REGISTERS;

  private static final double ALPHA = 0.7213 / (1 + 1.079 / SharedMemoryLayout.READ_REGISTERS);

  /// Below this many blocks for each register the number of empty ones tells more.
  private static final double SMALL_RANGE = 2.5;

  private final SharedMemory memory;

  WorkingSet(SharedMemory memory) {
    this.memory = memory;
  }

  /// Blocks read since the start, or the last [#reset].
  public long blocks() {
    return estimate(1);
  }

  /// Blocks read in the last so many seconds.
  ///
  /// @param nowSeconds the time, in seconds since 1970
  public long blocks(long nowSeconds, long seconds) {
    return estimate(Math.max(nowSeconds - seconds, 1));
  }

  /// Forgets all reads.
  public void reset() {
    long offset = memory.longAt(SharedMemoryLayout.HEADER_READS_OFFSET);
    for (long at = 0; at < SIZE_BYTES; at += Integer.BYTES) {
      memory.setInt(offset + at, 0);
    }
  }

  private long estimate(long sinceSeconds) {
    int[] ranks = new int[SharedMemoryLayout.READ_REGISTERS];
    long offset = memory.longAt(SharedMemoryLayout.HEADER_READS_OFFSET);
    for (int rank = 0; rank < SharedMemoryLayout.READ_RANKS; rank++) {
      for (int register = 0; register < ranks.length; register++) {
        long cell = offset + 4L * ((long) rank * ranks.length + register);
        if (Integer.toUnsignedLong(memory.intAt(cell)) >= sinceSeconds) {
          ranks[register] = rank + 1;
        }
      }
    }
    return estimate(ranks);
  }

  private static long estimate(int[] ranks) {
    double sum = 0;
    int empty = 0;
    for (int rank : ranks) {
      sum += Math.scalb(1.0, -rank);
      empty += rank == 0 ? 1 : 0;
    }
    double raw = ALPHA * ranks.length * ranks.length / sum;
    if (raw <= SMALL_RANGE * ranks.length && empty > 0) {
      return Math.round(ranks.length * Math.log((double) ranks.length / empty));
    }
    return Math.round(raw);
  }
}
