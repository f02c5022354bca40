package dev.argon.safekeeper;

import java.util.List;
import java.util.regex.Pattern;

/// The threads that streams and connections of the safekeepers in this process have.
final class StreamThreads {

  private static final Pattern NAMES = Pattern.compile("(pg|answers|feedback)-\\d+");

  private StreamThreads() {}

  static List<String> alive() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> NAMES.matcher(name).matches())
        .sorted()
        .toList();
  }
}
