package dev.argon.it.wal;

import dev.argon.it.stack.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The table of `docs/redo-coverage.md`, made from the reports of `wal verify` that the tests keep:
/// how many records of each type which workload wrote, and how many blocks were compared with the
/// log's images.
final class CoverageTable {

  /// One report for each workload.
  static final Path DIRECTORY = Path.of("target", "wal-verify").toAbsolutePath();

  static final List<String> WORKLOADS = List.of("regress", "isolation", "mixed", "rare", "minimal");

  private CoverageTable() {}

  /// The table of all reports that are there.
  static String write() throws IOException {
    Map<String, Map<String, WalVerification.Count>> workloads = new LinkedHashMap<>();
    for (String workload : WORKLOADS) {
      Path file = DIRECTORY.resolve(workload + ".json");
      if (Files.exists(file)) {
        Json report = Json.parse(Files.readString(file));
        workloads.put(workload, new WalVerification(0, report, "").counts());
      }
    }
    StringBuilder table = new StringBuilder();
    table.append("| manager | record | info | " + String.join(" | ", WORKLOADS));
    table.append(" | blocks equal | different | other proof |\n");
    table.append("|---|---|---|" + "---|".repeat(WORKLOADS.size() + 3) + "\n");
    for (RecordTypes.Type type : RecordTypes.all().values()) {
      table.append(row(type, workloads));
    }
    return table.toString();
  }

  private static String row(
      RecordTypes.Type type, Map<String, Map<String, WalVerification.Count>> workloads) {
    List<String> cells = new ArrayList<>();
    cells.add(type.manager());
    cells.add(type.name());
    cells.add("%02X".formatted(type.info()));
    WalVerification.Count sum = new WalVerification.Count(0, 0, 0);
    for (String workload : WORKLOADS) {
      WalVerification.Count count = workloads.getOrDefault(workload, Map.of()).get(type.key());
      cells.add(count == null ? "" : Long.toString(count.records()));
      sum = count == null ? sum : sum.plus(count);
    }
    cells.add(sum.compared() == 0 ? "" : Long.toString(sum.compared()));
    cells.add(Long.toString(sum.mismatches()));
    cells.add(type.otherProof());
    return "| " + String.join(" | ", cells) + " |\n";
  }
}
