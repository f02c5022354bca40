package dev.argon.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/// What a run was made in. Closing it deletes it, or keeps it for whoever wants to know why the run
/// failed.
final class RunDirectory implements AutoCloseable {

  private final Path path;
  private final Consumer<String> progress;
  private boolean succeeded;

  /// @param path of this run alone
  RunDirectory(Path path, Consumer<String> progress) {
    this.path = path;
    this.progress = progress;
  }

  Path path() {
    return path;
  }

  /// The run has come to its end with `report`.
  <T> T succeeded(T report) {
    succeeded = true;
    return report;
  }

  @Override
  public void close() throws IOException {
    if (succeeded) {
      Trees.delete(path);
    } else {
      progress.accept("failed; logs and data are kept in " + path);
    }
  }
}
