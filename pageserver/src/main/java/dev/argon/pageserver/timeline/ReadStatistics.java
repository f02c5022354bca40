package dev.argon.pageserver.timeline;

import java.util.concurrent.atomic.LongAdder;

/// What reads cost, summed over the process.
public final class ReadStatistics {

  private final LongAdder pages = new LongAdder();
  private final LongAdder layers = new LongAdder();
  private final LongAdder records = new LongAdder();

  void pageRead(long layersVisited, long recordsApplied) {
    pages.increment();
    layers.add(layersVisited);
    records.add(recordsApplied);
  }

  /// Pages read.
  public long pages() {
    return pages.sum();
  }

  /// Layers looked into for them.
  public long layers() {
    return layers.sum();
  }

  /// WAL records and changes applied for them.
  public long records() {
    return records.sum();
  }
}
