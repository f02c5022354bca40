package dev.argon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class RedoReportTest {

  private static final String JSON =
      """
      {"base": "x", "warm_up": {"records": 500000, "bytes": 7, "microseconds": 1000000,
        "cpu_microseconds": 900000},
       "rest": {"records": 2500000, "bytes": 8, "microseconds": 1000000,
        "cpu_microseconds": 800000},
       "write_milliseconds": 1000, "kinds": [{"records": 1}]}
      """;

  @Test
  void warmUpIsNoPartOfTheWarmFigure() throws BenchException {
    VerifyRun.Result result = VerifyRun.parse(JSON);

    assertThat(result.replay().seconds()).isEqualTo(2.0);
    assertThat(result.replay().cpuSeconds()).isCloseTo(1.7, within(1e-9));
    assertThat(result.writeSeconds()).isEqualTo(1.0);
    assertThat(result.records()).isEqualTo(3_000_000);
    assertThat(result.walBytes()).isEqualTo(15);
    assertThat(result.warmRecordsPerSecond()).isEqualTo(2.5e6);
    assertThat(result.warmWrittenRecordsPerSecond()).isEqualTo(1.25e6);
  }

  @Test
  void aMissingFieldIsNamed() {
    assertThatThrownBy(() -> VerifyRun.parse("{}")).hasMessageContaining("warm_up");
  }

  @Test
  void ratiosAreOfPairsAndTheirMeanIsGeometric() throws BenchException {
    VerifyRun.Result argon = VerifyRun.parse(JSON);
    RedoReport.Pair slow = new RedoReport.Pair(new RedoFigure(1.5, 1), argon);
    RedoReport.Pair fast = new RedoReport.Pair(new RedoFigure(3, 2), argon);

    RedoReport.Row row = RedoReport.row("tpcb", 1, List.of(slow, fast, fast));

    assertThat(row.ratio()).isEqualTo(2.5);
    assertThat(row.ratioMin()).isEqualTo(1.25);
    assertThat(row.coldRatio()).isEqualTo(1.5);
    assertThat(row.writtenRatio()).isEqualTo(1.0);
    assertThat(row.warmWrittenRatio()).isEqualTo(1.25);
    assertThat(row.stockCpuMicros()).isCloseTo(0.667, within(0.001));
    assertThat(RedoReport.geometricMean(List.of(1.0, 4.0))).isCloseTo(2.0, within(1e-9));
  }

  @Test
  void anUnknownRedoLoadIsNamed() throws BenchException {
    assertThat(RedoLoad.parse("index,tpcb")).containsExactly(RedoLoad.INDEX, RedoLoad.TPCB);
    assertThatThrownBy(() -> RedoLoad.parse("tpcb,copy")).hasMessageContaining("copy");
  }
}
