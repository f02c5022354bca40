package dev.argon.it.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.process.Command;
import dev.argon.it.stack.Json;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A run of `./argon wal verify --json`.
record WalVerification(int exitCode, Json report, String errors) {

  private static final Path ROOT = Path.of(System.getProperty("argon.root", "..")).toAbsolutePath();

  /// Records of one type.
  ///
  /// @param compared blocks that equal the image in the log
  /// @param mismatches blocks that do not
  record Count(long records, long compared, long mismatches) {

    Count plus(Count other) {
      return new Count(
          records + other.records, compared + other.compared, mismatches + other.mismatches);
    }
  }

  /// Runs it as a user does.
  static WalVerification run(Path base, Path wal, String... more) {
    List<String> words =
        new ArrayList<>(List.of(ROOT.resolve("argon").toString(), "wal", "verify", "--json"));
    words.addAll(List.of("--base", base.toString(), "--wal", wal.toString()));
    words.addAll(List.of(more));
    Command.Result result = new Command(words, Map.of(), ROOT).run(Duration.ofMinutes(20));
    if (result.out().isBlank()) {
      throw new AssertionError("no report: " + result);
    }
    return new WalVerification(result.exitCode(), Json.parse(result.out()), result.err());
  }

  /// By type as in [RecordTypes].
  Map<String, Count> counts() {
    Map<String, Count> counts = new TreeMap<>();
    for (Json row : report.at("kinds").list()) {
      Count count =
          new Count(
              row.at("records").number(), row.at("equal").number(), row.at("different").number());
      String type =
          RecordTypes.key(row.at("resource_manager").text(), (int) row.at("info").number());
      counts.merge(type, count, Count::plus);
    }
    return counts;
  }

  /// Records by type.
  Map<String, Long> records() {
    Map<String, Long> records = new TreeMap<>();
    counts().forEach((key, count) -> records.put(key, count.records()));
    return records;
  }

  long compared() {
    return counts().values().stream().mapToLong(Count::compared).sum();
  }

  /// Pages that differ, and everything else that recovery would stop for.
  long findings() {
    return report.at("findings_count").number();
  }

  /// Nothing was found, and the tool says so.
  WalVerification good() {
    assertThat(report.at("findings").list()).isEmpty();
    assertThat(findings()).isZero();
    assertThat(counts().values().stream().mapToLong(Count::mismatches).sum()).isZero();
    assertThat(report.at("good").value()).isEqualTo(true);
    assertThat(exitCode).as(errors).isZero();
    return this;
  }

  /// Where the log ended.
  Lsn end() {
    return Lsn.parse(report.at("end_lsn").text());
  }

  /// Keeps the counts for the coverage table, and that beside them.
  void keepAs(String workload) throws IOException {
    Files.createDirectories(CoverageTable.DIRECTORY);
    Files.writeString(CoverageTable.DIRECTORY.resolve(workload + ".json"), report.write());
    Files.writeString(CoverageTable.DIRECTORY.resolve("coverage.md"), CoverageTable.write());
  }
}
