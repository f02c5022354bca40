package dev.argon.waltools.replay;

/// Measures a replay, its first seconds apart. The dispatcher's.
final class ReplayClock {

  private final long startNanos = System.nanoTime();
  private final long startCpuNanos = ThreadTime.nanos();
  private final long warmUpNanos;
  private long warmNanos;
  private long warmCpuNanos;
  private long warmRecords;
  private long warmBytes;

  ReplayClock(int warmUpSeconds) {
    warmUpNanos = warmUpSeconds * 1_000_000_000L;
  }

  /// To be called now and then.
  void tick(long records, long bytes) {
    if (warmNanos == 0) {
      long elapsed = System.nanoTime() - startNanos;
      if (elapsed >= warmUpNanos) {
        warmNanos = elapsed;
        warmCpuNanos = ThreadTime.nanos() - startCpuNanos;
        warmRecords = records;
        warmBytes = bytes;
      }
    }
  }

  ReplayResult.Speed stop(long records, long bytes, long pagesRead, long pagesSpilled) {
    long elapsed = System.nanoTime() - startNanos;
    long cpu = ThreadTime.nanos() - startCpuNanos;
    ReplayResult.Part warmUp =
        warmNanos == 0
            ? new ReplayResult.Part(elapsed, cpu, records, bytes)
            : new ReplayResult.Part(warmNanos, warmCpuNanos, warmRecords, warmBytes);
    ReplayResult.Part rest =
        new ReplayResult.Part(
            elapsed - warmUp.nanos(),
            cpu - warmUp.cpuNanos(),
            records - warmUp.records(),
            bytes - warmUp.bytes());
    return new ReplayResult.Speed(warmUp, rest, pagesRead, pagesSpilled);
  }
}
