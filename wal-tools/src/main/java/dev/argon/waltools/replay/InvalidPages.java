package dev.argon.waltools.replay;

import dev.argon.postgres.RelFileNode;
import java.util.LinkedHashMap;
import java.util.Map;

/// Blocks that a record changes although they do not exist, or hold zeros: right only if a later
/// record drops or truncates the fork (the table of invalid pages in xlogutils.c).
final class InvalidPages {

  /// A base with more of them is none.
  private static final int MAX = 1 << 20;

  private record Page(RelFileNode relation, int fork, int block) {}

  private final Map<Page, Finding> pages = new LinkedHashMap<>();
  private long seen;

  /// The first record that needs the page is the one that is kept.
  void add(Finding finding) {
    Page page = new Page(finding.relation(), finding.fork(), finding.block());
    if (pages.size() < MAX && pages.putIfAbsent(page, finding) == null) {
      seen++;
    }
  }

  void forget(RelFileNode relation, int fork, int fromBlock) {
    if (!pages.isEmpty()) {
      pages
          .keySet()
          .removeIf(page ->
              page.relation().equals(relation)
                  && page.fork() == fork
                  && Integer.compareUnsigned(page.block(), fromBlock) >= 0);
    }
  }

  void forgetDatabase(int database) {
    if (!pages.isEmpty()) {
      pages.keySet().removeIf(page -> page.relation().dbNode() == database);
    }
  }

  /// Those that no record has resolved; there are none afterwards.
  void moveTo(Findings findings) {
    pages.values().forEach(findings::add);
    pages.clear();
  }

  /// How many there were in all.
  long seen() {
    return seen;
  }
}
