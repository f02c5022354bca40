package dev.argon.pageserver.timeline;

import dev.argon.postgres.CorruptDataException;
import java.nio.ByteBuffer;

/// Makes the next version of a page from the one before. An object belongs to one thread at a time.
@FunctionalInterface
public interface PageRedo {

  /// Changes `page` in place.
  ///
  /// @param page 8192 bytes at index 0, little-endian
  /// @param kind of the version, not an image
  /// @throws CorruptDataException if the version cannot be applied; also for records that redo does
  ///   not know
  void apply(ByteBuffer page, long lsn, int kind, int blockIndex, ByteBuffer bytes)
      throws CorruptDataException;
}
