package dev.argon.waltools.verify;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.waltools.dump.RecordNames;
import dev.argon.waltools.replay.Finding;
import dev.argon.waltools.replay.RecordCounts;
import dev.argon.waltools.replay.ReplayOptions;
import dev.argon.waltools.replay.ReplayResult;
import dev.argon.waltools.show.PageText;
import java.util.List;
import java.util.Locale;

/// What `wal verify` prints.
final class VerifyReport {

  private final ReplayResult result;
  private final ReplayOptions options;
  private final long writeNanos;

  /// @param writeNanos how long writing the result took, 0 if none was written
  VerifyReport(ReplayResult result, ReplayOptions options, long writeNanos) {
    this.result = result;
    this.options = options;
    this.writeNanos = writeNanos;
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        "replayed %s to %s\n"
            .formatted(Lsn.toString(result.startLsn()), Lsn.toString(result.end().lsn())));
    text.append("base: ").append(result.consistency().describe()).append('\n');
    text.append("ended: ").append(result.end()).append('\n');
    appendSpeed(text);
    text.append('\n');
    appendTable(text);
    for (Finding finding : result.findings()) {
      text.append('\n');
      appendFinding(text, finding);
    }
    long more = result.findingCount() - result.findings().size();
    if (more > 0) {
      text.append("\nand ").append(more).append(" more\n");
    }
    text.append('\n').append(verdict()).append('\n');
    return text.toString();
  }

  private String verdict() {
    if (!result.isConsistent()) {
      return "INCONSISTENT: the log ends before the base is consistent";
    }
    return result.findingCount() == 0
        ? "good: no mismatch"
        : "BAD: %d findings".formatted(result.findingCount());
  }

  private void appendSpeed(StringBuilder text) {
    ReplayResult.Part warmUp = result.speed().warmUp();
    ReplayResult.Part rest = result.speed().rest();
    append(text, "speed", warmUp.plus(rest));
    if (rest.records() > 0) {
      append(text, "  first " + options.warmUpSeconds() + " s", warmUp);
      append(text, "  then", rest);
    }
    text.append(
        "pages: %d read, %d written out for lack of memory; %d missing for a time\n"
            .formatted(
                result.speed().pagesRead(), result.speed().pagesSpilled(), result.invalidPages()));
    if (writeNanos > 0) {
      text.append("result written in %.2f s\n".formatted(writeNanos / 1e9));
    }
  }

  private static void append(StringBuilder text, String what, ReplayResult.Part part) {
    text.append(
        String.format(
            Locale.ROOT,
            "%s: %d records, %.1f MB in %.2f s (CPU %.2f s): %.0f records/s, %.1f MB/s\n",
            what,
            part.records(),
            part.bytes() / 1e6,
            part.nanos() / 1e9,
            part.cpuNanos() / 1e9,
            part.recordsPerSecond(),
            part.megabytesPerSecond()));
  }

  private void appendTable(StringBuilder text) {
    String format = "%-18s %-22s %12s %12s %12s %12s %12s %10s\n";
    text.append(
        format.formatted(
            "manager",
            "record",
            "records",
            "changed",
            "restored",
            "skipped",
            "equal",
            "different"));
    long[] sums = new long[6];
    for (RecordCounts.Row row : result.rows()) {
      long[] numbers = numbers(row);
      text.append(
          format.formatted(
              ResourceManager.name(row.resourceManager()),
              RecordNames.of(row.resourceManager(), row.info()),
              numbers[0],
              numbers[1],
              numbers[2],
              numbers[3],
              numbers[4],
              numbers[5]));
      for (int i = 0; i < sums.length; i++) {
        sums[i] += numbers[i];
      }
    }
    text.append(format.formatted("all", "", sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]));
  }

  private static long[] numbers(RecordCounts.Row row) {
    return new long[] {
      row.records(), row.changed(), row.restored(), row.skipped(), row.equal(), row.different()
    };
  }

  private static void appendFinding(StringBuilder text, Finding finding) {
    text.append(finding.kind()).append(": ");
    if (finding.recordLsn() != 0) {
      text.append(
          "%s %s at %s (ends at %s), "
              .formatted(
                  ResourceManager.name(finding.resourceManager()),
                  RecordNames.of(finding.resourceManager(), finding.info()),
                  Lsn.toString(finding.recordLsn()),
                  Lsn.toString(finding.endLsn())));
    }
    text.append(
        "block %s of %s fork %d: %s\n"
            .formatted(
                Integer.toUnsignedString(finding.block()),
                finding.relation(),
                finding.fork(),
                finding.reason()));
    if (finding.replayed().length > 0 && finding.expected().length > 0) {
      PageText replayed = PageText.of(finding.replayed(), finding.block());
      PageText expected = PageText.of(finding.expected(), finding.block());
      for (String line :
          PageText.sideBySide(replayed, expected, List.of("replayed", "the server's"), true)) {
        text.append("  ").append(line).append('\n');
      }
    }
  }

  String json() {
    JsonText json = new JsonText();
    json.begin();
    json.text("start_lsn", Lsn.toString(result.startLsn()));
    json.text("end_lsn", Lsn.toString(result.end().lsn()));
    json.text("end_kind", result.end().kind().name().toLowerCase(Locale.ROOT));
    json.text("end_reason", result.end().reason());
    json.text("base", result.consistency().describe());
    result.consistentLsn().ifPresent(lsn -> json.text("consistent_lsn", Lsn.toString(lsn)));
    json.flag("good", result.isGood());
    json.number("findings_count", result.findingCount());
    json.number("missing_pages_seen", result.invalidPages());
    json.number("pages_read", result.speed().pagesRead());
    json.number("pages_spilled", result.speed().pagesSpilled());
    json.number("threads", options.threads());
    appendPart(json, "warm_up", result.speed().warmUp());
    appendPart(json, "rest", result.speed().rest());
    json.number("write_milliseconds", writeNanos / 1_000_000);
    json.beginArray("kinds");
    for (RecordCounts.Row row : result.rows()) {
      json.begin();
      json.text("resource_manager", ResourceManager.name(row.resourceManager()));
      json.number("info", row.info());
      json.text("record", RecordNames.of(row.resourceManager(), row.info()));
      json.number("records", row.records());
      json.number("changed", row.changed());
      json.number("restored", row.restored());
      json.number("skipped", row.skipped());
      json.number("equal", row.equal());
      json.number("different", row.different());
      json.end();
    }
    json.endArray();
    appendFindings(json, result.findings());
    json.end();
    return json + "\n";
  }

  private static void appendPart(JsonText json, String name, ReplayResult.Part part) {
    json.beginObject(name);
    json.number("records", part.records());
    json.number("bytes", part.bytes());
    json.number("microseconds", part.nanos() / 1000);
    json.number("cpu_microseconds", part.cpuNanos() / 1000);
    json.end();
  }

  private static void appendFindings(JsonText json, List<Finding> findings) {
    json.beginArray("findings");
    for (Finding finding : findings) {
      json.begin();
      json.text("kind", finding.kind().name().toLowerCase(Locale.ROOT));
      json.text("resource_manager", ResourceManager.name(finding.resourceManager()));
      json.text("record", RecordNames.of(finding.resourceManager(), finding.info()));
      json.text("record_lsn", Lsn.toString(finding.recordLsn()));
      json.text("end_lsn", Lsn.toString(finding.endLsn()));
      json.text("relation", finding.relation().toString());
      json.number("fork", finding.fork());
      json.number("block", Integer.toUnsignedLong(finding.block()));
      json.number("offset", finding.offset());
      json.text("reason", finding.reason());
      json.end();
    }
    json.endArray();
  }
}
