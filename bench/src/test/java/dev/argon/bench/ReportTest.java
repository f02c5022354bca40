package dev.argon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {

  @Test
  void theRatioIsTheMedianOfThePairs() {
    Report report =
        Report.of(
            Load.TPCB,
            new BenchOptions(1, 1, 1, 3),
            List.of(100.0, 200.0, 100.0),
            List.of(50.0, 160.0, 60.0),
            "a machine");

    assertThat(report.ratio()).isEqualTo(0.6);
    assertThat(report.ratioMin()).isEqualTo(0.5);
    assertThat(report.ratioMax()).isEqualTo(0.8);
    assertThat(Report.median(List.of(1.0, 2.0))).isEqualTo(1.5);
  }

  @Test
  void anUnknownLoadIsNamed() throws BenchException {
    assertThat(Load.parse("seqscan")).isEqualTo(Load.SEQSCAN);
    assertThatThrownBy(() -> Load.parse("tpcc")).hasMessageContaining("tpcc");
  }
}
