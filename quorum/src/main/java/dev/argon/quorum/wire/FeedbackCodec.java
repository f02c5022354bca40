package dev.argon.quorum.wire;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.PageserverFeedback;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// The key-value form of [PageserverFeedback], as it ends an append response and follows `z` and a
/// length in what a pageserver sends to a safekeeper.
public final class FeedbackCodec {

  private static final String SIZE = "current_timeline_size";
  private static final String RECEIVED = "ps_writelsn";
  private static final String DISK = "ps_flushlsn";
  private static final String REMOTE = "ps_applylsn";
  private static final String TIME = "ps_replytime";

  /// Bytes that [#encode] writes.
  public static final int SIZE_BYTES =
      1
          + 5 * (1 + 4 + 8)
          + SIZE.length()
          + RECEIVED.length()
          + DISK.length()
          + REMOTE.length()
          + TIME.length();

  private FeedbackCodec() {}

  public static void encode(PageserverFeedback feedback, ByteBuffer into) {
    into.put((byte) 5);
    field(SIZE, feedback.currentTimelineSizeBytes(), into);
    field(RECEIVED, feedback.lastReceivedLsn().value(), into);
    field(DISK, feedback.diskConsistentLsn().value(), into);
    field(REMOTE, feedback.remoteConsistentLsn().value(), into);
    field(TIME, feedback.replyTimeMicros(), into);
  }

  private static void field(String key, long value, ByteBuffer into) {
    into.put(key.getBytes(StandardCharsets.US_ASCII)).put((byte) 0).putInt(8).putLong(value);
  }

  /// Reads a feedback that fills the rest of `from`.
  ///
  /// @throws CorruptDataException if the bytes are none
  public static PageserverFeedback decode(ByteBuffer from) throws CorruptDataException {
    WireReader reader = new WireReader(from);
    PageserverFeedback feedback = decode(reader);
    reader.requireEnd();
    return feedback;
  }

  static PageserverFeedback decode(WireReader reader) throws CorruptDataException {
    int count = reader.u8();
    long size = 0;
    long received = 0;
    long disk = 0;
    long remote = 0;
    long time = 0;
    for (int i = 0; i < count; i++) {
      String key = reader.cstring();
      int length = reader.i32();
      if (length != 8) {
        reader.skip(length);
        continue;
      }
      long value = reader.i64();
      switch (key) {
        case SIZE -> size = value;
        case RECEIVED -> received = value;
        case DISK -> disk = value;
        case REMOTE -> remote = value;
        case TIME -> time = value;
        default -> {} // a field of a later version
      }
    }
    return new PageserverFeedback(size, new Lsn(received), new Lsn(disk), new Lsn(remote), time);
  }
}
