package dev.argon.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.cli.CliException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PointInTimeTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-31T12:00:00Z",
        "2026-01-31 12:00:00+00",
        "2026-01-31 14:00:00+02",
        "2026-01-31T14:00:00+0200",
        "2026-01-31T14:00:00.000+02:00"
      })
  void timesAreReadAsPostgresqlAndIsoWriteThem(String text) throws CliException {
    assertThat(PointInTime.parse(text)).isEqualTo(new PointInTime("", "2026-01-31T12:00:00Z"));
  }

  @Test
  void fractionsOfSecondsAreKept() throws CliException {
    assertThat(PointInTime.parse("2026-01-31 12:00:00.123456+00").timestamp())
        .isEqualTo("2026-01-31T12:00:00.123456Z");
  }

  @Test
  void anLsnIsNoTime() throws CliException {
    assertThat(PointInTime.parse("0/16B3748")).isEqualTo(new PointInTime("0/16B3748", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "0/", "2026-13-01T00:00:00Z", "12:00"})
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> PointInTime.parse(text))
        .isInstanceOf(CliException.class)
        .hasMessageContaining(text);
  }
}
