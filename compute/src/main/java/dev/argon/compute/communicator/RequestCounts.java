package dev.argon.compute.communicator;

import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// PostgreSQL's requests by kind.
public final class RequestCounts {

  private static final String DEMAND = "get_page_v";
  private static final String AHEAD = "prefetch_v";

  private static final String COMPARE = "compare_page_v";

  private final LongAdder demand = new LongAdder();
  private final LongAdder demandBlocks = new LongAdder();
  private final LongAdder ahead = new LongAdder();
  private final LongAdder aheadBlocks = new LongAdder();
  private final LongAdder comparisons = new LongAdder();
  private final LongAdder comparisonBlocks = new LongAdder();

  /// Pages that are only compared with the file's are requests of a kind of their own.
  void countComparison(int pages) {
    comparisons.increment();
    comparisonBlocks.add(pages);
  }

  void count(boolean waitsForIt, int blocks) {
    if (waitsForIt) {
      demand.increment();
      demandBlocks.add(blocks);
    } else {
      ahead.increment();
      aheadBlocks.add(blocks);
    }
  }

  /// Requests by kind.
  public Map<String, Long> requests() {
    return Map.of(DEMAND, demand.sum(), AHEAD, ahead.sum(), COMPARE, comparisons.sum());
  }

  /// Their blocks by kind.
  public Map<String, Long> blocks() {
    return Map.of(
        DEMAND, demandBlocks.sum(), AHEAD, aheadBlocks.sum(), COMPARE, comparisonBlocks.sum());
  }
}
