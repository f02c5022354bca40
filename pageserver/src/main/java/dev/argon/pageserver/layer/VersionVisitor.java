package dev.argon.pageserver.layer;

import java.nio.ByteBuffer;

/// Takes versions of one key, newest first.
@FunctionalInterface
public interface VersionVisitor {

  /// One version.
  ///
  /// @param bytes valid as long as the layer it came from is held
  /// @return whether older versions are wanted
  boolean version(long lsn, int kind, int blockIndex, ByteBuffer bytes);
}
