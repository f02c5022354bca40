package dev.argon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class RedoReportTest {

  private static final String JSON =
      """
      {"records": 3000000, "wal_bytes": 300000000, "replay_nanos": 2000000000,
       "write_nanos": 1000000000, "warm_up_records": 500000, "warm_up_nanos": 1000000000}
      """;

  @Test
  void warmUpIsTakenFromTheWarmFigureAndWritingIsPartOfTheWhole() throws BenchException {
    VerifyRun.Result result = VerifyRun.parse(JSON, "0m0.001s 0m0.002s\n1m2.500s 0m1.250s\n");

    assertThat(result.whole().seconds()).isEqualTo(3.0);
    assertThat(result.whole().cpuSeconds()).isEqualTo(63.75);
    assertThat(result.warmRecordsPerSecond()).isEqualTo(2.5e6);
  }

  @Test
  void aMissingFieldIsNamed() {
    assertThatThrownBy(() -> VerifyRun.parse("{}", "")).hasMessageContaining("records");
  }

  @Test
  void ratiosAreOfPairsAndTheirMeanIsGeometric() throws BenchException {
    VerifyRun.Result argon = VerifyRun.parse(JSON, "1m0.000s 0m0.000s");
    RedoReport.Pair slow = new RedoReport.Pair(new RedoFigure(1.5, 1), argon);
    RedoReport.Pair fast = new RedoReport.Pair(new RedoFigure(3, 2), argon);

    RedoReport.Row row = RedoReport.row("tpcb", 1, List.of(slow, fast, fast));

    assertThat(row.ratio()).isEqualTo(2.5);
    assertThat(row.ratioMin()).isEqualTo(1.25);
    assertThat(row.wholeRatio()).isEqualTo(1.0);
    assertThat(row.stockCpuMicros()).isCloseTo(0.667, within(0.001));
    assertThat(RedoReport.geometricMean(List.of(1.0, 4.0))).isCloseTo(2.0, within(1e-9));
  }

  @Test
  void anUnknownRedoLoadIsNamed() throws BenchException {
    assertThat(RedoLoad.parse("index,tpcb")).containsExactly(RedoLoad.INDEX, RedoLoad.TPCB);
    assertThatThrownBy(() -> RedoLoad.parse("tpcb,copy")).hasMessageContaining("copy");
  }
}
