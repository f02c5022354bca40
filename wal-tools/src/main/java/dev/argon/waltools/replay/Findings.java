package dev.argon.waltools.replay;

import java.util.ArrayList;
import java.util.List;

/// What one thread has found. The first ones are kept with their pages, of the rest the number.
final class Findings {

  /// 20 findings with two pages each are 320 kB.
  static final int KEPT_MAX = 20;

  private final List<Finding> kept = new ArrayList<>();
  private long count;

  void add(Finding finding) {
    count++;
    if (kept.size() < KEPT_MAX) {
      kept.add(finding);
    }
  }

  /// Whether another one would be kept.
  boolean isRoom() {
    return kept.size() < KEPT_MAX;
  }

  void addAll(Findings others) {
    count += others.count;
    kept.addAll(others.kept);
    kept.sort((a, b) -> Long.compareUnsigned(a.endLsn(), b.endLsn()));
    while (kept.size() > KEPT_MAX) {
      kept.removeLast();
    }
  }

  List<Finding> kept() {
    return List.copyOf(kept);
  }

  long count() {
    return count;
  }
}
