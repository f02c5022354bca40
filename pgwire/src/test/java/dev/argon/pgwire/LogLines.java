package dev.argon.pgwire;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/// What the servers' connections log while this is open.
final class LogLines extends Handler {

  private final Logger logger = Logger.getLogger(PgConnection.class.getName());
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();

  LogLines() {
    logger.addHandler(this);
  }

  List<String> of(Level level) {
    SimpleFormatter formatter = new SimpleFormatter();
    return records.stream()
        .filter(entry -> entry.getLevel().equals(level))
        .map(formatter::formatMessage)
        .toList();
  }

  List<Throwable> thrown() {
    return records.stream().map(LogRecord::getThrown).filter(java.util.Objects::nonNull).toList();
  }

  @Override
  public void publish(LogRecord entry) {
    records.add(entry);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
  }
}
