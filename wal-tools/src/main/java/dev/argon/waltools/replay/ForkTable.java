package dev.argon.waltools.replay;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All forks that replay has met. Open addressing on the four numbers: a look-up costs no
/// allocation.
final class ForkTable {

  private static final int SIZE_AT_FIRST = 1 << 10;

  private @Nullable ForkFile[] table = new ForkFile[SIZE_AT_FIRST];
  private int count;

  /// The fork, or null if it was not added.
  @Nullable ForkFile find(int spcNode, int dbNode, int relNode, int fork) {
    int mask = table.length - 1;
    int at = ForkFile.hash(spcNode, dbNode, relNode, fork) & mask;
    ForkFile found = table[at];
    while (found != null && !found.is(spcNode, dbNode, relNode, fork)) {
      at = (at + 1) & mask;
      found = table[at];
    }
    return found;
  }

  void add(ForkFile fork) {
    if (count * 2 >= table.length) {
      @Nullable ForkFile[] old = table;
      table = new ForkFile[old.length * 2];
      for (ForkFile moved : old) {
        if (moved != null) {
          put(moved);
        }
      }
    }
    put(fork);
    count++;
  }

  private void put(ForkFile fork) {
    int mask = table.length - 1;
    int at = fork.hash & mask;
    while (table[at] != null) {
      at = (at + 1) & mask;
    }
    table[at] = fork;
  }

  List<ForkFile> all() {
    List<ForkFile> all = new ArrayList<>(count);
    for (ForkFile fork : table) {
      if (fork != null) {
        all.add(fork);
      }
    }
    return all;
  }
}
