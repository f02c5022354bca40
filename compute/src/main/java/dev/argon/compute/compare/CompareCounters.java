package dev.argon.compute.compare;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/// How many pages were compared, of which access method, and what came of it. From any thread.
public final class CompareCounters {

  private final Map<PageResult.Subject, LongAdder> same = new EnumMap<>(PageResult.Subject.class);
  private final Map<PageResult.Reason, LongAdder> leftOut = new EnumMap<>(PageResult.Reason.class);
  private final LongAdder differences = new LongAdder();

  public CompareCounters() {
    for (PageResult.Subject subject : PageResult.Subject.values()) {
      same.put(subject, new LongAdder());
    }
    for (PageResult.Reason reason : PageResult.Reason.values()) {
      leftOut.put(reason, new LongAdder());
    }
  }

  /// Counts one comparison.
  public void count(PageResult result) {
    switch (result) {
      case PageResult.Same(PageResult.Subject subject) ->
          Objects.requireNonNull(same.get(subject)).increment();
      case PageResult.LeftOut(PageResult.Reason reason) ->
          Objects.requireNonNull(leftOut.get(reason)).increment();
      case PageResult.Different _ -> differences.increment();
    }
  }

  /// Pages that were not as the pageserver has them.
  public long differences() {
    return differences.sum();
  }

  /// By metric name: `compared_heap`, `compare_left_out_no_lsn_yet`, `compare_differences`.
  public Map<String, Long> byName() {
    Map<String, Long> counters = new LinkedHashMap<>();
    same.forEach((subject, count) -> counters.put("compared_" + lower(subject), count.sum()));
    leftOut.forEach(
        (reason, count) -> counters.put("compare_left_out_" + lower(reason), count.sum()));
    counters.put("compare_differences", differences());
    return counters;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
