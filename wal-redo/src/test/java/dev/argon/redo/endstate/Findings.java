package dev.argon.redo.endstate;

import dev.argon.postgres.RelFileNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a comparison of two data directories looked at, and where they differ.
public final class Findings {

  /// More are counted, not told.
  private static final int TOLD_MAX = 50;

  private final List<String> differences = new ArrayList<>();
  private long differenceCount;

  /// By database and relation: the increment is in a catalog, not on the page.
  private final Map<String, Pair> sequences = new TreeMap<>();

  long files;
  long pages;
  long heapPages;
  long visibilityMapPages;
  long slruPages;
  long relationMaps;
  long preparedTransactions;

  /// Pages that are in the server's file but never were in the log: extended, initialised, unused.
  long unusedPages;

  /// Pages that the server wrote before it logged their images, so that its file has no LSN.
  long pagesWithoutLsn;

  Findings() {}

  private record Pair(SequenceValue replayed, SequenceValue server) {}

  void add(String difference) {
    differenceCount++;
    if (differences.size() < TOLD_MAX) {
      differences.add(difference);
    }
  }

  void sequence(RelFileNode relation, SequenceValue replayed, SequenceValue server) {
    sequences.put(key(relation.dbNode(), relation.relNode()), new Pair(replayed, server));
  }

  private static String key(int database, int relation) {
    return Integer.toUnsignedString(database) + "/" + Integer.toUnsignedString(relation);
  }

  /// Where the two differ; empty if they are equal.
  public List<String> differences() {
    List<String> told = new ArrayList<>(differences);
    if (differenceCount > told.size()) {
      told.add("and %d more".formatted(differenceCount - told.size()));
    }
    return told;
  }

  /// How many sequences have their values compared by [#compareSequence].
  public int sequenceCount() {
    return sequences.size();
  }

  /// Compares where a sequence goes on: the server's page has a value that was handed out and how
  /// many after it are logged, the replayed one the last that was logged.
  ///
  /// @param database the database's OID
  /// @param fileNode `pg_relation_filenode`
  /// @param increment of `pg_sequence`
  /// @return whether there was such a sequence to compare
  public boolean compareSequence(int database, int fileNode, long increment) {
    Pair pair = sequences.remove(key(database, fileNode));
    if (pair == null) {
      return false;
    }
    if (pair.replayed.last(increment) != pair.server.last(increment)) {
      add(
          "sequence %s: %s, expected %s"
              .formatted(key(database, fileNode), pair.replayed, pair.server));
    }
    return true;
  }

  /// Pages of relations that were compared.
  public long pages() {
    return pages;
  }

  /// Pages of visibility maps that were compared bit for bit.
  public long visibilityMapPages() {
    return visibilityMapPages;
  }

  public long slruPages() {
    return slruPages;
  }

  @Override
  public String toString() {
    return ("%d relation files, %d pages (%d heap with PD_ALL_VISIBLE, %d visibility map bit for"
            + " bit, %d unused and unlogged, %d without LSN), %d SLRU pages, %d relation maps,"
            + " %d sequences to compare by value; %d differences")
        .formatted(
            files,
            pages,
            heapPages,
            visibilityMapPages,
            unusedPages,
            pagesWithoutLsn,
            slruPages,
            relationMaps,
            sequences.size(),
            differenceCount);
  }
}
