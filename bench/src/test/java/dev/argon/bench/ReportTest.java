package dev.argon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReportTest {

  @Test
  void theRatioIsTheMedianOfThePairs() {
    Report report =
        Report.of(
            Load.TPCB,
            new BenchOptions(Against.RECEIVERS, 1, 1, 1, 3, "128MB", Optional.empty()),
            Stream.of(100.0, 200.0, 100.0).map(ReportTest::measured).toList(),
            Stream.of(50.0, 160.0, 60.0).map(ReportTest::measured).toList(),
            "a machine");

    assertThat(report.ratio()).isEqualTo(0.6);
    assertThat(report.ratioMin()).isEqualTo(0.5);
    assertThat(report.ratioMax()).isEqualTo(0.8);
    assertThat(report.against()).isEqualTo("receivers");
    assertThat(report.stockTail()).isEmpty();
    assertThat(report.stockCpuMicros()).containsExactly(40.0, 20.0, 40.0);
    assertThat(report.cpuRatio()).isCloseTo(100.0 / 60, within(1e-9));
    assertThat(Report.median(List.of(1.0, 2.0))).isEqualTo(1.5);
  }

  /// A run of a second that cost 4 ms.
  private static Measurement measured(double tps) {
    return Measurement.of(new Figure(tps, (long) tps, 0), 4_000, 0);
  }

  @Test
  void aPinningNamesThreeListsOfProcessors() throws BenchException {
    assertThat(Pinning.parse("0:0-1:1,3")).hasToString("0:0-1:1,3");
    assertThatThrownBy(() -> Pinning.parse("0:1")).hasMessageContaining("client:server:others");
    assertThatThrownBy(() -> Pinning.parse("0:x:1")).hasMessageContaining("0:x:1");
  }

  @Test
  void anUnknownLoadIsNamed() throws BenchException {
    assertThat(Load.parse("seqscan")).isEqualTo(Load.SEQSCAN);
    assertThatThrownBy(() -> Load.parse("tpcc")).hasMessageContaining("tpcc");
  }
}
