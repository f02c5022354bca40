package dev.argon.compute;

import java.io.IOException;
import java.util.Map;

/// What keeps the server's pages: shared memory, page faults, eviction. Made before PostgreSQL
/// starts, closed after it has ended.
interface LocalPages extends AutoCloseable {

  /// What PostgreSQL must be told by `-c`, to find the shared memory.
  Map<String, String> serverSettings();

  /// Before a fast stop, while sessions still run: what WAL does not carry (exact sequence values,
  /// free space and visibility maps) is logged.
  void prepareForStop() throws IOException, InterruptedException;

  /// A server whose files are all here: nothing to tell, nothing to do.
  static LocalPages none() {
    return new LocalPages() {
      @Override
      public Map<String, String> serverSettings() {
        return Map.of();
      }

      @Override
      public void prepareForStop() {}

      @Override
      public void close() {}
    };
  }

  @Override
  void close() throws IOException;
}
