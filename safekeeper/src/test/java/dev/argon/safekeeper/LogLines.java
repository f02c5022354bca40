package dev.argon.safekeeper;

import dev.argon.node.LogContext;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/// What is logged as long as this is open, each entry as `LEVEL tenant/timeline activity message`.
final class LogLines extends Handler implements AutoCloseable {

  /// Held for ever: java.util.logging keeps its loggers by weak references.
  private static final Logger LOGGER = Logger.getLogger("dev.argon");

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final SimpleFormatter formatter = new SimpleFormatter();

  LogLines() {
    LOGGER.addHandler(this);
  }

  List<String> all() {
    return lines;
  }

  List<String> with(String part) {
    return lines.stream().filter(line -> line.contains(part)).toList();
  }

  /// Those that an operator would have to look at.
  List<String> loud() {
    return lines.stream().filter(line -> !line.startsWith("INFO ")).toList();
  }

  @Override
  public void publish(LogRecord entry) {
    if (entry.getLevel().intValue() < Level.INFO.intValue()) {
      return;
    }
    LogContext context =
        LogContext.CURRENT.isBound() ? LogContext.CURRENT.get() : new LogContext("", "");
    lines.add(
        entry.getLevel()
            + " "
            + context.tenant()
            + "/"
            + context.timeline()
            + " "
            + context.activity()
            + " "
            + formatter.formatMessage(entry)
            + (entry.getThrown() == null ? "" : " | " + entry.getThrown()));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    LOGGER.removeHandler(this);
  }
}
