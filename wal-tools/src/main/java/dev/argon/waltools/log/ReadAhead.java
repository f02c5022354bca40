package dev.argon.waltools.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Reads the next chunk of a file while the one before is looked at, on a thread of its own. One
/// chunk at a time; begun and taken by the reader's thread.
final class ReadAhead implements AutoCloseable {

  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("read-ahead").factory());

  private @Nullable Future<Integer> count;
  private int offset;

  /// Begins to read into `chunk`, which is nobody else's until it is taken.
  void begin(FileChannel channel, int position, byte[] chunk) {
    offset = position;
    count = executor.submit(() -> WalDirectory.read(channel, position, chunk, 0, chunk.length));
  }

  /// Whether what is read begins here in the file.
  boolean isAt(int position) {
    return count != null && offset == position;
  }

  /// Waits for the chunk.
  ///
  /// @return how many bytes there were
  int take() throws IOException {
    Future<Integer> taken = count;
    if (taken == null) {
      throw new IllegalStateException("nothing is being read");
    }
    count = null;
    try {
      return taken.get();
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /// Waits until nothing is being read; what was read is forgotten.
  void forget() throws IOException {
    if (count != null) {
      int _ = take();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      forget();
    } finally {
      executor.close();
    }
  }
}
