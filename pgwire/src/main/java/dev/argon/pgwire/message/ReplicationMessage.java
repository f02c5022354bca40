package dev.argon.pgwire.message;

import java.nio.ByteBuffer;

/// What travels inside CopyData during physical replication (PostgreSQL's documentation, "Streaming
/// Replication Protocol"). LSNs are 64 bits; times are microseconds since 2000-01-01 UTC. On hot
/// paths callers write the fields of XLogData into the send buffer themselves.
public sealed interface ReplicationMessage {

  /// `w`, 25 bytes, then WAL: it starts at `startLsn`; the sender's log ends at `endLsn`.
  record XLogData(long startLsn, long endLsn, long timeMicros, ByteBuffer wal)
      implements ReplicationMessage {

    /// Of tag, two LSNs and the time; the WAL follows.
    public static final int HEADER_BYTES = 25;
  }

  /// `k`, 18 bytes: the sender's log ends at `endLsn`; whether an answer is wanted at once.
  record PrimaryKeepalive(long endLsn, long timeMicros, boolean replyRequested)
      implements ReplicationMessage {}

  /// `r`, 34 bytes: what the receiver has written, made durable and applied.
  record StandbyStatus(
      long writtenLsn, long flushedLsn, long appliedLsn, long timeMicros, boolean replyRequested)
      implements ReplicationMessage {}

  /// `h`, 25 bytes: the oldest transactions whose rows the standby's queries may still see; 0 is
  /// none.
  record HotStandbyFeedback(
      long timeMicros, int xmin, int xminEpoch, int catalogXmin, int catalogXminEpoch)
      implements ReplicationMessage {}

  /// Reads the payload of one CopyData. The WAL of [XLogData] is a view of it.
  static ReplicationMessage decode(ByteBuffer payload) throws ProtocolErrorException {
    byte tag = Bytes.int8(payload, "replication message");
    ReplicationMessage message =
        switch (tag) {
          case 'w' -> {
            Bytes.require(payload, XLogData.HEADER_BYTES - 1, "XLogData");
            yield new XLogData(
                payload.getLong(),
                payload.getLong(),
                payload.getLong(),
                Bytes.slice(payload, payload.remaining(), "XLogData"));
          }
          case 'k' -> {
            Bytes.require(payload, 17, "keepalive");
            yield new PrimaryKeepalive(payload.getLong(), payload.getLong(), payload.get() != 0);
          }
          case 'r' -> {
            Bytes.require(payload, 33, "standby status");
            yield new StandbyStatus(
                payload.getLong(),
                payload.getLong(),
                payload.getLong(),
                payload.getLong(),
                payload.get() != 0);
          }
          case 'h' -> {
            Bytes.require(payload, 24, "hot standby feedback");
            yield new HotStandbyFeedback(
                payload.getLong(),
                payload.getInt(),
                payload.getInt(),
                payload.getInt(),
                payload.getInt());
          }
          default ->
              throw ProtocolErrorException.badMessage(
                  "unknown replication message with tag " + MessageSet.printable(tag));
        };
    Bytes.requireEnd(payload, "replication message");
    return message;
  }

  /// How many bytes [#encode] writes.
  default int encodedSize() {
    return switch (this) {
      case XLogData data -> XLogData.HEADER_BYTES + data.wal().remaining();
      case PrimaryKeepalive _ -> 18;
      case StandbyStatus _ -> 34;
      case HotStandbyFeedback _ -> 25;
    };
  }

  /// Writes the payload of one CopyData.
  default void encode(ByteBuffer out) {
    switch (this) {
      case XLogData(long startLsn, long endLsn, long timeMicros, ByteBuffer wal) ->
          out.put((byte) 'w')
              .putLong(startLsn)
              .putLong(endLsn)
              .putLong(timeMicros)
              .put(wal.duplicate());
      case PrimaryKeepalive(long endLsn, long timeMicros, boolean replyRequested) ->
          out.put((byte) 'k').putLong(endLsn).putLong(timeMicros).put(flag(replyRequested));
      case StandbyStatus status ->
          out.put((byte) 'r')
              .putLong(status.writtenLsn())
              .putLong(status.flushedLsn())
              .putLong(status.appliedLsn())
              .putLong(status.timeMicros())
              .put(flag(status.replyRequested()));
      case HotStandbyFeedback feedback ->
          out.put((byte) 'h')
              .putLong(feedback.timeMicros())
              .putInt(feedback.xmin())
              .putInt(feedback.xminEpoch())
              .putInt(feedback.catalogXmin())
              .putInt(feedback.catalogXminEpoch());
    }
  }

  private static byte flag(boolean value) {
    return (byte) (value ? 1 : 0);
  }
}
