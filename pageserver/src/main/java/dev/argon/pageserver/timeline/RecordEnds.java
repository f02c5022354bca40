package dev.argon.pageserver.timeline;

import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Where WAL records end, for every LSN that a timeline keeps: a branch may begin at a record end
/// only, and a server that starts there needs the start of the last record. About a byte for each
/// record.
///
/// The ends of a batch lie in one value for each MiB of WAL, filed at the last of them: going back
/// from that LSN, the distances to the ends before it, divided by 8, as variable-length numbers of
/// seven bits a byte, lowest first, the top bit set on all but the last byte.
public final class RecordEnds {

  private static final int WINDOW_BITS = 20;

  /// A record is at most 1020 MiB long: farther back no search has to go.
  private static final int WINDOWS_MAX = 1100;

  private RecordEnds() {}

  /// A value as it is filed.
  @SuppressWarnings("ArrayRecordComponent") // filed, never compared
  public record Value(PageKey key, long lsn, byte[] bytes) {}

  /// The values for ends in ascending order.
  public static List<Value> values(long... ends) {
    List<Value> values = new ArrayList<>();
    int from = 0;
    while (from < ends.length) {
      int count = sameValue(ends, from, ends.length);
      long last = ends[from + count - 1];
      values.add(new Value(key(last), last, encode(ends, from, count)));
      from += count;
    }
    return values;
  }

  static PageKey key(long lsn) {
    return keyOfWindow(lsn >>> WINDOW_BITS);
  }

  private static PageKey keyOfWindow(long window) {
    return PageKey.of(PageKey.Kind.RECORD_ENDS, 0, (int) (window >>> 32), (int) window, 0, 0);
  }

  /// How many of the ends from `from` on are of the same value as that.
  static int sameValue(long[] ends, int from, int to) {
    int next = from;
    while (next < to && ends[next] >>> WINDOW_BITS == ends[from] >>> WINDOW_BITS) {
      next++;
    }
    return next - from;
  }

  /// The value for ends in ascending order, all of one MiB.
  static byte[] encode(long[] ends, int from, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count * 5);
    for (int i = from + count - 1; i > from; i--) {
      long distance = (ends[i] - ends[i - 1]) >>> 3;
      while (distance >= 0x80) {
        bytes.put((byte) (distance | 0x80));
        distance >>>= 7;
      }
      bytes.put((byte) distance);
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  /// The largest ends up to an LSN.
  ///
  /// @param end 0 if there is none
  /// @param before the one before it, 0 if there is none
  /// @param secondBefore the one before that, 0 if there is none
  record Last(long end, long before, long secondBefore) {}

  static Last lastUpTo(ReadSession session, long lsn, long timelineLastLsn)
      throws IOException, CorruptDataException {
    long[] top = new long[3];
    long window = lsn >>> WINDOW_BITS;
    for (int i = 0; i < WINDOWS_MAX && window >= 0 && top[2] == 0; i++, window--) {
      session.versions(
          keyOfWindow(window),
          0,
          timelineLastLsn,
          (last, _, _, bytes) -> {
            decode(last, bytes, lsn, top);
            return true;
          });
    }
    return new Last(top[0], top[1], top[2]);
  }

  private static void decode(long last, ByteBuffer bytes, long lsn, long[] top) {
    long end = last;
    int at = bytes.position();
    while (true) {
      if (Long.compareUnsigned(end, lsn) <= 0) {
        insert(end, top);
      }
      if (at >= bytes.limit()) {
        return;
      }
      long distance = 0;
      for (int shift = 0; at < bytes.limit(); shift += 7) {
        byte next = bytes.get(at++);
        distance |= (long) (next & 0x7F) << shift;
        if (next >= 0) {
          break;
        }
      }
      end -= distance << 3;
    }
  }

  private static void insert(long end, long[] top) {
    for (int i = 0; i < top.length; i++) {
      if (top[i] == end) {
        return;
      }
      if (Long.compareUnsigned(end, top[i]) > 0) {
        System.arraycopy(top, i, top, i + 1, top.length - 1 - i);
        top[i] = end;
        return;
      }
    }
  }
}
