package dev.argon.safekeeper;

import dev.argon.safekeeper.timeline.ChangedTimelines;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.TimelineObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// Passes what happens to timelines on to all who work beside the streams.
final class Observers implements TimelineObserver {

  private final SafekeeperMetrics metrics;
  private final List<Consumer<Timeline>> changed = new CopyOnWriteArrayList<>();

  Observers(SafekeeperMetrics metrics) {
    this.metrics = metrics;
  }

  /// One more who is told of changes; must be quick.
  void add(Consumer<Timeline> observer) {
    changed.add(observer);
  }

  /// A set that changed timelines are put into from now on.
  ChangedTimelines newSet() {
    ChangedTimelines set = new ChangedTimelines();
    add(set::add);
    return set;
  }

  @Override
  public void changed(Timeline timeline) {
    for (Consumer<Timeline> each : changed) {
      each.accept(timeline);
    }
  }

  @Override
  public void appended(int bytes) {
    metrics.appended(bytes);
  }

  @Override
  public void flushed(long nanos) {
    metrics.flushed(nanos);
  }
}
