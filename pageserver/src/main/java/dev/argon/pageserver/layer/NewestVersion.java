package dev.argon.pageserver.layer;

import dev.argon.pageservice.PageKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Keeps the first version it is shown.
final class NewestVersion implements VersionVisitor {

  private long lsn;
  private int kind;
  private int blockIndex;
  private @Nullable ByteBuffer bytes;

  @Override
  public boolean version(long versionLsn, int versionKind, int index, ByteBuffer content) {
    lsn = versionLsn;
    kind = versionKind;
    blockIndex = index;
    bytes = content;
    return false;
  }

  void passTo(PageKey key, EntryVisitor visitor) throws IOException {
    if (bytes != null) {
      visitor.entry(key.high(), key.low(), lsn, kind, blockIndex, bytes);
    }
  }
}
