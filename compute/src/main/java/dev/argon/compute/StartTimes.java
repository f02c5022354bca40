package dev.argon.compute;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// How long each phase of the start took. Phases may overlap.
final class StartTimes {

  private static final long NANOS_PER_MICRO = 1000;

  private final LongSupplier nanoClock;
  private final long startedNanos;

  /// Guards the map; innermost.
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<String, Long> micros = new LinkedHashMap<>();

  /// @param jvmMillis what had passed since the process began when this was made
  StartTimes(LongSupplier nanoClock, long jvmMillis) {
    this.nanoClock = nanoClock;
    startedNanos = nanoClock.getAsLong();
    put("jvm_micros", jvmMillis * NANOS_PER_MICRO);
  }

  /// A phase that has begun; closing it notes its time.
  final class Phase implements AutoCloseable {

    private final String name;
    private final long fromNanos = nanoClock.getAsLong();

    private Phase(String name) {
      this.name = name;
    }

    @Override
    public void close() {
      put(name + "_micros", (nanoClock.getAsLong() - fromNanos) / NANOS_PER_MICRO);
    }
  }

  Phase phase(String name) {
    return new Phase(name);
  }

  /// Notes the time from the start until now.
  void total(String name) {
    put(name + "_micros", (nanoClock.getAsLong() - startedNanos) / NANOS_PER_MICRO);
  }

  void put(String name, long value) {
    lock.lock();
    try {
      micros.put(name, value);
    } finally {
      lock.unlock();
    }
  }

  /// All phases so far, in the order of their ends.
  Map<String, Long> snapshot() {
    lock.lock();
    try {
      return new LinkedHashMap<>(micros);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    snapshot()
        .forEach((name, value) ->
            text.append(text.isEmpty() ? "" : ", ")
                .append(name.replace("_micros", ""))
                .append(' ')
                .append(value / NANOS_PER_MICRO)
                .append(" ms"));
    return text.toString();
  }
}
