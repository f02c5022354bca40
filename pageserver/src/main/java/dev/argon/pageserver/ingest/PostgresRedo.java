package dev.argon.pageserver.ingest;

import dev.argon.pageserver.layer.ValueKind;
import dev.argon.pageserver.timeline.PageRedo;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.Redo;
import dev.argon.redo.RedoSettings;
import dev.argon.redo.UnsupportedRecordException;
import dev.argon.redo.effect.PageChange;
import java.nio.ByteBuffer;

/// Rebuilds pages by PostgreSQL's redo.
public final class PostgresRedo implements PageRedo {

  /// Clusters with data checksums or `wal_log_hints` are not made here yet.
  private static final RedoSettings SETTINGS = new RedoSettings(false);

  private final WalRecord record = new WalRecord();
  private byte[] scratch = new byte[8 << 10];

  @Override
  public void apply(ByteBuffer page, long lsn, int kind, int blockIndex, ByteBuffer bytes)
      throws CorruptDataException {
    if (kind == ValueKind.CHANGE) {
      byte[] change = new byte[bytes.remaining()];
      bytes.get(bytes.position(), change);
      PageChange.apply(page, change, lsn);
      return;
    }
    int length = bytes.remaining();
    if (scratch.length < length) {
      scratch = new byte[Math.max(length, 2 * scratch.length)];
    }
    bytes.get(bytes.position(), scratch, 0, length);
    record.reset(scratch, 0, length);
    try {
      Redo.apply(page, record, blockIndex, lsn, SETTINGS);
    } catch (UnsupportedRecordException e) {
      throw new CorruptDataException(String.valueOf(e.getMessage()), e);
    }
  }
}
