package dev.argon.pageserver.layer;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Takes versions of many keys.
@FunctionalInterface
public interface EntryVisitor {

  /// One version.
  ///
  /// @param bytes valid during the call
  void entry(long high, long low, long lsn, int kind, int blockIndex, ByteBuffer bytes)
      throws IOException;
}
