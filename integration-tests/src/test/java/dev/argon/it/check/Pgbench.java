package dev.argon.it.check;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PostgresPrograms;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// PostgreSQL's own TPC-B, and the sum rule it must keep.
public final class Pgbench {

  private static final Pattern TPS = Pattern.compile("tps = ([0-9.]+)");
  private static final Pattern PROCESSED =
      Pattern.compile("number of transactions actually processed: (\\d+)");

  private final ConnectionSource source;

  public Pgbench(ConnectionSource source) {
    this.source = source;
  }

  /// What a run printed.
  ///
  /// @param processed transactions that were acknowledged
  public record Run(long processed, double tps) {}

  public Duration initialize(int scale) {
    return run(Duration.ofMinutes(10), "--initialize", "--quiet", "--scale=" + scale).took();
  }

  /// TPC-B for some seconds.
  public Run tpcb(int clients, int seconds) {
    Command.Result result =
        run(
            Duration.ofSeconds(seconds + 120L),
            "--no-vacuum",
            "--client=" + clients,
            "--jobs=2",
            "--time=" + seconds);
    if (result.err().contains("aborted")) {
      throw new AssertionError("clients were aborted: " + result);
    }
    return new Run(
        Long.parseLong(find(PROCESSED, result.out())), Double.parseDouble(find(TPS, result.out())));
  }

  /// The balances of accounts, tellers and branches and the sum of the history must agree, and
  /// every acknowledged transaction must have left its row in the history.
  ///
  /// @throws AssertionError if not
  public void verifyBalances(long processedAtLeast, long processedAtMost) throws SQLException {
    List<String> sums =
        source.strings(
            """
            select coalesce(sum(abalance), 0) from pgbench_accounts
            union all select coalesce(sum(tbalance), 0) from pgbench_tellers
            union all select coalesce(sum(bbalance), 0) from pgbench_branches
            union all select coalesce(sum(delta), 0) from pgbench_history
            """);
    if (sums.stream().distinct().count() != 1) {
      throw new AssertionError("balances differ (accounts, tellers, branches, history): " + sums);
    }
    long rows = source.number("select count(*) from pgbench_history");
    if (rows < processedAtLeast || rows > processedAtMost) {
      throw new AssertionError(
          "the history has %d rows and not %d to %d"
              .formatted(rows, processedAtLeast, processedAtMost));
    }
  }

  private Command.Result run(Duration limit, String... arguments) {
    var words = new java.util.ArrayList<String>();
    words.add(PostgresPrograms.path("pgbench"));
    words.addAll(List.of(arguments));
    words.add(source.uri());
    return new Command(words, java.util.Map.of(), java.nio.file.Path.of("/")).run(limit).ok();
  }

  private static String find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new AssertionError("pgbench did not print " + pattern + ": " + text);
    }
    return matcher.group(1);
  }
}
