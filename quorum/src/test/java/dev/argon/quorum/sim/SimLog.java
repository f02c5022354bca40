package dev.argon.quorum.sim;

import dev.argon.postgres.Lsn;
import java.util.ArrayList;
import java.util.List;

/// A log of cells from the timeline's first LSN on.
final class SimLog {

  static final Lsn START = new Lsn(1_000);

  private final List<Cell> cells = new ArrayList<>();

  static Lsn lsnAt(int index) {
    return START.plus((long) index * Cell.BYTES);
  }

  static int indexOf(Lsn lsn) {
    return (int) (lsn.bytesAfter(START) / Cell.BYTES);
  }

  Lsn end() {
    return lsnAt(cells.size());
  }

  int size() {
    return cells.size();
  }

  Cell get(int index) {
    return cells.get(index);
  }

  void add(Cell cell) {
    cells.add(cell);
  }

  void write(Lsn begin, List<Cell> more) {
    truncate(begin);
    cells.addAll(more);
  }

  void truncate(Lsn end) {
    int index = indexOf(end);
    if (index > cells.size()) {
      throw new AssertionError("a gap: the log ends at " + end() + ", wanted " + end);
    }
    cells.subList(index, cells.size()).clear();
  }

  List<Cell> range(Lsn from, Lsn to) {
    return List.copyOf(cells.subList(indexOf(from), indexOf(to)));
  }

  /// The end of the last whole record at or below `limit`.
  Lsn recordEnd(Lsn limit) {
    int index = Math.min(indexOf(limit), cells.size());
    while (index > 0 && !cells.get(index - 1).endsRecord()) {
      index--;
    }
    return lsnAt(index);
  }

  SimLog copy() {
    SimLog copy = new SimLog();
    copy.cells.addAll(cells);
    return copy;
  }
}
