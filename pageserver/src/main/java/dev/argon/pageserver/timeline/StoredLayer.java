package dev.argon.pageserver.timeline;

import dev.argon.pageserver.layer.LayerFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicInteger;

/// A layer file of a timeline. It is removed from the local disk when it is retired and the last
/// reader has let go.
final class StoredLayer {

  private final String name;
  private final int level;
  private final LayerFile file;

  /// The timeline is the first holder.
  private final AtomicInteger holders = new AtomicInteger(1);

  private volatile boolean retired;

  StoredLayer(String name, int level, LayerFile file) {
    this.name = name;
    this.level = level;
    this.file = file;
  }

  String name() {
    return name;
  }

  /// 0 for what was flushed, one more for each merge.
  int level() {
    return level;
  }

  LayerFile file() {
    return file;
  }

  long startLsn() {
    return file.summary().identity().startLsn();
  }

  long endLsn() {
    return file.summary().identity().endLsn();
  }

  void hold() {
    holders.incrementAndGet();
  }

  void release() {
    if (holders.decrementAndGet() == 0 && retired) {
      file.forget();
      try {
        Files.deleteIfExists(file.path());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// No index names it any more. Once.
  void retire() {
    retired = true;
    release();
  }
}
