package dev.argon.node;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.ErrorManager;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// Sends what code logs through [System.Logger] to standard error, which whoever started the
/// process has directed to a file.
public final class LogSetup {

  /// Held for ever: java.util.logging keeps its loggers by weak references.
  private static final Logger ROOT = Logger.getLogger("");

  private LogSetup() {}

  /// Logs at level INFO and above, in lines of [LogFormat].
  public static void toStandardError(String process) {
    LogManager.getLogManager().reset();
    ROOT.setLevel(Level.INFO);
    ROOT.addHandler(new LineHandler(new LogFormat(process)));
  }

  /// Writes each entry with one system call, so that entries of different processes that share a
  /// file do not mix.
  private static final class LineHandler extends Handler {

    private final LogFormat format;
    private final FileOutputStream out = new FileOutputStream(FileDescriptor.err);

    /// Orders the entries of this process; innermost, nothing is called under it but the write.
    private final ReentrantLock lock = new ReentrantLock();

    LineHandler(LogFormat format) {
      this.format = format;
    }

    @Override
    public void publish(LogRecord entry) {
      if (!isLoggable(entry)) {
        return;
      }
      byte[] line = format.format(entry).getBytes(StandardCharsets.UTF_8);
      lock.lock();
      try {
        out.write(line);
      } catch (IOException e) {
        reportError("cannot write the log", e, ErrorManager.WRITE_FAILURE);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
