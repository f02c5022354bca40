package dev.argon.it.planted;

import java.util.ArrayList;
import java.util.List;

/// A patch of one file, as `git diff` writes it; text before it is left aside. It is applied only
/// where it fits exactly, at whatever line that is.
record UnifiedDiff(String path, List<Hunk> hunks) {

  /// Lines that are to be there, and those in place of them.
  record Hunk(List<String> before, List<String> after) {}

  /// @throws IllegalArgumentException if it is no such patch
  static UnifiedDiff parse(String text) {
    String path = "";
    List<Hunk> hunks = new ArrayList<>();
    for (String line : text.lines().toList()) {
      if (line.startsWith("+++ b/") && hunks.isEmpty() && path.isEmpty()) {
        path = line.substring("+++ b/".length());
      } else if (line.startsWith("@@ ")) {
        hunks.add(new Hunk(new ArrayList<>(), new ArrayList<>()));
      } else if (!hunks.isEmpty()) {
        take(line, hunks.getLast());
      }
    }
    if (path.isEmpty() || hunks.isEmpty()) {
      throw new IllegalArgumentException("no patch of a file is in it");
    }
    return new UnifiedDiff(path, hunks);
  }

  private static void take(String line, Hunk hunk) {
    String content = line.isEmpty() ? "" : line.substring(1);
    switch (line.isEmpty() ? ' ' : line.charAt(0)) {
      case ' ' -> {
        hunk.before.add(content);
        hunk.after.add(content);
      }
      case '-' -> hunk.before.add(content);
      case '+' -> hunk.after.add(content);
      default -> throw new IllegalArgumentException("more than one file, or no patch: " + line);
    }
  }

  /// How many lines are taken away or put in, whichever is more.
  int changedLines() {
    int removed = 0;
    int added = 0;
    for (Hunk hunk : hunks) {
      List<String> kept = new ArrayList<>(hunk.before);
      hunk.after.forEach(kept::remove);
      removed += kept.size();
      added += hunk.after.size() - (hunk.before.size() - kept.size());
    }
    return Math.max(removed, added);
  }

  /// @throws IllegalArgumentException if a part of it fits nowhere, or at more than one place
  String apply(String source) {
    List<String> lines = new ArrayList<>(source.lines().toList());
    for (Hunk hunk : hunks) {
      int at = -1;
      for (int i = 0; i + hunk.before.size() <= lines.size(); i++) {
        if (lines.subList(i, i + hunk.before.size()).equals(hunk.before)) {
          if (at >= 0) {
            throw new IllegalArgumentException("these lines are there twice:\n" + text(hunk));
          }
          at = i;
        }
      }
      if (at < 0) {
        throw new IllegalArgumentException("these lines are not there:\n" + text(hunk));
      }
      List<String> place = lines.subList(at, at + hunk.before.size());
      place.clear();
      place.addAll(hunk.after);
    }
    return String.join("\n", lines) + "\n";
  }

  private static String text(Hunk hunk) {
    return String.join("\n", hunk.before);
  }
}
