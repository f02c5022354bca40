package dev.argon.it.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.StockServer;
import dev.argon.redo.endstate.EndState;
import dev.argon.redo.endstate.Findings;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/// The directory that `wal verify --out` wrote: equal to the server's, and one that stock
/// PostgreSQL starts on and finds nothing wrong with.
final class EndStateCheck {

  private EndStateCheck() {}

  /// Compares, then starts a server on it.
  ///
  /// @param settings that a server on it needs
  static void check(Path replayed, Corpus corpus, String... settings) throws Exception {
    Findings findings = EndState.compare(replayed, corpus.data(), corpus.base());
    System.out.println("end state: " + findings);
    assertThat(findings.differences()).isEmpty();
    assertThat(findings.pages()).isPositive();
    assertThat(findings.visibilityMapPages()).isPositive();
    assertThat(findings.slruPages()).isPositive();
    try (StockServer server = StockServer.on(replayed, settings)) {
      compareSequences(server.source(), findings);
      Amcheck.verifyAlone(server.source());
    }
  }

  /// Sequences of databases that take no connections are not reached; initdb makes none.
  private static void compareSequences(ConnectionSource server, Findings findings)
      throws SQLException {
    int sequences = findings.sequenceCount();
    int compared = 0;
    for (String database : server.databases()) {
      List<String> rows =
          server
              .database(database)
              .strings(
                  "SELECT d.oid || ' ' || pg_relation_filenode(s.seqrelid) || ' ' || s.seqincrement"
                      + " FROM pg_sequence s, pg_database d WHERE d.datname = current_database()");
      for (String row : rows) {
        String[] fields = row.split(" ", -1);
        boolean known =
            findings.compareSequence(
                Integer.parseUnsignedInt(fields[0]),
                Integer.parseUnsignedInt(fields[1]),
                Long.parseLong(fields[2]));
        compared += known ? 1 : 0;
      }
    }
    System.out.printf("%d of %d sequences compared by value%n", compared, sequences);
    assertThat(findings.differences()).isEmpty();
    assertThat(findings.sequenceCount()).as("sequences that no catalog knows").isZero();
  }
}
