package dev.argon.waltools.log;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The timelines that lead to one timeline, the newest first, with what part of the log is theirs
/// (the `.history` files, timeline.c of PostgreSQL).
public record TimelineHistory(List<Entry> entries) {

  /// Part of the log: from `beginLsn` (inclusive) to `endLsn` (exclusive).
  public record Entry(int timeline, long beginLsn, long endLsn) {}

  /// As 0 for [Entry#endLsn] would be wrong in unsigned order.
  static final long OPEN_END = -1L;

  public TimelineHistory {
    entries = List.copyOf(entries);
  }

  /// A timeline that has no parents.
  public static TimelineHistory of(int timeline) {
    return new TimelineHistory(List.of(new Entry(timeline, 0, OPEN_END)));
  }

  /// Reads a `.history` file: a line for each parent, oldest first: its number, where it was left,
  /// and why.
  ///
  /// @throws CorruptDataException naming the line that is none
  public static TimelineHistory parse(int timeline, String file) throws CorruptDataException {
    List<Entry> entries = new ArrayList<>();
    long begin = 0;
    for (String line : file.lines().map(String::strip).toList()) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String[] fields = line.split("\\s+", 3);
      try {
        int parent = Integer.parseUnsignedInt(fields[0]);
        long end = Lsn.parse(fields.length < 2 ? "" : fields[1]).value();
        entries.add(new Entry(parent, begin, end));
        begin = end;
      } catch (IllegalArgumentException e) {
        throw new CorruptDataException(
            "history file of timeline " + timeline + " has a line \"" + line + "\"", e);
      }
    }
    entries.add(new Entry(timeline, begin, OPEN_END));
    Collections.reverse(entries);
    return new TimelineHistory(entries);
  }

  /// The newest timeline.
  public int timeline() {
    return entries.getFirst().timeline();
  }

  /// Whether the log of `timeline` up to `lsn` is part of this one.
  public boolean contains(int timeline, long lsn) {
    for (Entry entry : entries) {
      if (entry.timeline() == timeline) {
        return Long.compareUnsigned(lsn, entry.endLsn()) <= 0;
      }
    }
    return false;
  }
}
