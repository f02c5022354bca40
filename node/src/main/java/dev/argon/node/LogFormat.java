package dev.argon.node;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/// One line per entry: `time level process tenant/timeline [activity] message`. The time is UTC, in
/// milliseconds. The stack trace of an error follows in lines that begin with a tab.
final class LogFormat extends Formatter {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final String process;

  LogFormat(String process) {
    this.process = process;
  }

  @Override
  public String format(LogRecord entry) {
    StringBuilder line = new StringBuilder(160);
    TIME.formatTo(entry.getInstant(), line);
    line.append(' ').append(levelName(entry.getLevel())).append(' ').append(process);
    line.append(' ').append(LogContext.currentLabel()).append(' ');
    appendOnOneLine(line, formatMessage(entry));
    Throwable thrown = entry.getThrown();
    if (thrown != null) {
      line.append(": ");
      appendOnOneLine(line, thrown.toString());
      line.append('\n');
      appendTrace(line, thrown);
    } else {
      line.append('\n');
    }
    return line.toString();
  }

  private static String levelName(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (value >= Level.WARNING.intValue()) {
      return "WARN ";
    }
    return value >= Level.INFO.intValue() ? "INFO " : "DEBUG";
  }

  /// Text from outside may hold line ends; a log entry must not be split, nor forged, by them.
  private static void appendOnOneLine(StringBuilder line, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      line.append(c == '\n' || c == '\r' ? ' ' : c);
    }
  }

  private static void appendTrace(StringBuilder line, Throwable thrown) {
    for (StackTraceElement element : thrown.getStackTrace()) {
      line.append("\tat ").append(element).append('\n');
    }
    Throwable cause = thrown.getCause();
    if (cause != null) {
      line.append("\tby ");
      appendOnOneLine(line, cause.toString());
      line.append('\n');
      appendTrace(line, cause);
    }
  }
}
