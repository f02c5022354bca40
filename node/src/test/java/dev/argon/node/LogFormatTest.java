package dev.argon.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LogFormatTest {

  private final LogFormat format = new LogFormat("safekeeper-1");

  private static LogRecord entry(String message) {
    LogRecord entry = new LogRecord(Level.WARNING, message);
    entry.setInstant(Instant.parse("2026-01-02T03:04:05.678Z"));
    return entry;
  }

  @Test
  void anEntryIsOneLineWithTheContextThatIsBound() {
    LogContext context = new LogContext("aa", "bb");

    String line =
        ScopedValue.where(LogContext.CURRENT, context).call(() -> format.format(entry("a\nb")));

    assertThat(line).isEqualTo("2026-01-02T03:04:05.678Z WARN  safekeeper-1 aa/bb a b\n");
    assertThat(format.format(entry("x"))).contains(" safekeeper-1 - x");
    LogContext stream = new LogContext("aa", "bb", "WAL receiver 7");
    assertThat(ScopedValue.where(LogContext.CURRENT, stream).call(() -> format.format(entry("x"))))
        .endsWith(" safekeeper-1 aa/bb WAL receiver 7 x\n");
  }

  @Test
  void anErrorsTraceFollowsInLinesThatBeginWithATab() {
    LogRecord entry = entry("it broke");
    entry.setThrown(new IllegalStateException("first\nsecond", new RuntimeException("cause")));

    String[] lines = format.format(entry).split("\n", -1);

    assertThat(lines[0]).endsWith("it broke: java.lang.IllegalStateException: first second");
    assertThat(lines[1]).startsWith("\tat ");
    assertThat(lines).anyMatch(line -> line.equals("\tby java.lang.RuntimeException: cause"));
  }
}
