package dev.argon.pageserver.ingest;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.control.CheckPoint;
import java.nio.ByteBuffer;

/// A checkpoint record that a running server wrote, as it is filed under
/// [dev.argon.pageservice.PageKey#ONLINE_CHECKPOINT]: u64 its start, then its body.
///
/// @param startLsn where the record begins
public record OnlineCheckPoint(long startLsn, CheckPoint checkPoint) {

  byte[] bytes() {
    return ByteBuffer.allocate(Long.BYTES + CheckPoint.SIZE)
        .putLong(startLsn)
        .put(checkPoint.toBytes())
        .array();
  }

  /// @throws CorruptDataException if it is too short
  public static OnlineCheckPoint read(byte[] bytes) throws CorruptDataException {
    if (bytes.length < Long.BYTES + CheckPoint.SIZE) {
      throw new CorruptDataException("a checkpoint of " + bytes.length + " bytes is filed");
    }
    return new OnlineCheckPoint(
        ByteBuffer.wrap(bytes).getLong(), CheckPoint.read(bytes, Long.BYTES, CheckPoint.SIZE));
  }
}
