package dev.argon.it.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `docs/redo-coverage.md` has every type of record, proven one way or the other.
class CoverageDocTest {

  private static final Path PAGE =
      Path.of(System.getProperty("argon.root", "..")).resolve("docs/redo-coverage.md");

  @Test
  void postgreSql15Has123TypesOfRecords() {
    assertThat(RecordTypes.all()).hasSize(123);
  }

  @Test
  void everyTypeIsWrittenByAWorkloadAndProven() throws IOException {
    List<String> open = new ArrayList<>(RecordTypes.all().keySet());
    List<String> unproven = new ArrayList<>();
    for (String line : Files.readAllLines(PAGE)) {
      List<String> cells = List.of(line.split(" ?\\| ?", -1));
      if (cells.size() < 12 || !open.remove(cells.get(1) + "/" + cells.get(2))) {
        continue;
      }
      boolean written = cells.subList(4, 9).stream().anyMatch(cell -> !cell.isEmpty());
      boolean byImages = !cells.get(9).isEmpty();
      boolean otherwise = !cells.get(11).isEmpty();
      boolean byUnitTest = cells.get(11).startsWith("no server writes it");
      if (!(written || byUnitTest) || !(byImages || otherwise) || !cells.get(10).equals("0")) {
        unproven.add(line);
      }
    }

    assertThat(open).isEmpty();
    assertThat(unproven).isEmpty();
  }
}
