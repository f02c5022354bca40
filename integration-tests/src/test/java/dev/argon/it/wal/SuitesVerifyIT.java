package dev.argon.it.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.TestDirectory;
import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// PostgreSQL's own suites on a stock server that logs an image of every page with every change:
/// replay of all of it makes the same pages, and in the end the same directory. About 10 GB of disk
/// per suite; the suites come from Debian's archive.
@EnabledIfSystemProperty(named = "argon.long", matches = "true")
class SuitesVerifyIT {

  @ParameterizedTest
  @ValueSource(strings = {"regress", "isolation"})
  void replayOfTheSuiteMakesTheServersPagesAndDirectory(String suite) throws Exception {
    Path directory = TestDirectory.create(suite);
    try {
      SuiteRun run = SuiteRun.run(suite, directory.resolve("run"));
      assertThat(run.failed()).isEqualTo(run.expected());
      Path out = directory.resolve("out");

      WalVerification verification =
          WalVerification.run(run.corpus().base(), run.corpus().wal(), "--out", out.toString());

      verification.good();
      assertThat(verification.compared()).isGreaterThan(1_000_000);
      verification.keepAs(suite);
      EndStateCheck.check(
          out, run.corpus(), "max_prepared_transactions = 10", "allow_in_place_tablespaces = on");
    } finally {
      TestDirectory.delete(directory);
    }
  }
}
