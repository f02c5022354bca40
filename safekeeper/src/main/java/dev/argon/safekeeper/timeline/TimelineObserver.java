package dev.argon.safekeeper.timeline;

/// Hears what happens to timelines, for those who work beside the streams: housekeeping, backup,
/// subscriptions, metrics. So nobody has to look at timelines on which nothing happens.
///
/// Called from the threads of the streams, often under the timeline's lock: must be quick, must not
/// block and must not call the timeline.
public interface TimelineObserver {

  /// A position, the term, the membership or a reader's report has changed.
  void changed(Timeline timeline);

  /// WAL was written.
  void appended(int bytes);

  /// What was appended has been made durable.
  void flushed(long nanos);

  /// For tests.
  TimelineObserver NONE =
      new TimelineObserver() {
        @Override
        public void changed(Timeline timeline) {}

        @Override
        public void appended(int bytes) {}

        @Override
        public void flushed(long nanos) {}
      };
}
