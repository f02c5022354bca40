package dev.argon.safekeeper.sim;

import java.util.PriorityQueue;

/// The queue of what is to happen, in microseconds since the run began. Things of one moment happen
/// in the order in which they were planned.
final class VirtualTime {

  static final long MILLI = 1_000;
  static final long SECOND = 1_000_000;

  private record Event(long at, long number, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  private final PriorityQueue<Event> queue = new PriorityQueue<>();
  private long now;
  private long count;

  long now() {
    return now;
  }

  void in(long micros, Runnable action) {
    at(now + micros, action);
  }

  void at(long time, Runnable action) {
    queue.add(new Event(Math.max(time, now), ++count, action));
  }

  void step() {
    Event event = queue.remove();
    now = event.at;
    event.action.run();
  }
}
