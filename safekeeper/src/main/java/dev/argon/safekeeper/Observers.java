package dev.argon.safekeeper;

import dev.argon.safekeeper.timeline.ChangedTimelines;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.TimelineObserver;
import java.util.List;

/// Passes what happens to timelines on to all who work beside the streams.
final class Observers implements TimelineObserver {

  private final List<ChangedTimelines> changed;

  Observers(List<ChangedTimelines> changed) {
    this.changed = List.copyOf(changed);
  }

  @Override
  public void changed(Timeline timeline) {
    for (ChangedTimelines each : changed) {
      each.add(timeline);
    }
  }

  @Override
  public void appended(int bytes) {}

  @Override
  public void flushed(long nanos) {}
}
