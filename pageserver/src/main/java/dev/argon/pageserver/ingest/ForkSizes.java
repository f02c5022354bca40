package dev.argon.pageserver.ingest;

import dev.argon.pageserver.timeline.ReadSession;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageserver.timeline.WriteBatch;
import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/// Sizes of forks and SLRU segments as of the record that is being ingested: remembered ones, and
/// the rest from the timeline. Ingest's own; forgotten when a batch fails.
final class ForkSizes {

  /// No such fork or segment.
  static final int NONE = -1;

  private static final int REMEMBERED_MAX = 100_000;
  private static final byte[] DROPPED = {};

  private final Timeline timeline;
  private final Map<PageKey, Integer> remembered =
      new LinkedHashMap<>(1024, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PageKey, Integer> eldest) {
          return size() > REMEMBERED_MAX;
        }
      };

  ForkSizes(Timeline timeline) {
    this.timeline = timeline;
  }

  /// The size under a key of kind relation size or SLRU segment, or [#NONE].
  int size(PageKey key, long lsn) throws IOException, CorruptDataException {
    Integer known = remembered.get(key);
    if (known != null) {
      return known;
    }
    int size;
    try (ReadSession session = timeline.read()) {
      size = session.value(key, lsn).map(bytes -> ByteBuffer.wrap(bytes).getInt()).orElse(NONE);
    }
    remembered.put(key, size);
    return size;
  }

  void set(WriteBatch batch, PageKey key, long lsn, int size) {
    batch.putImage(key, lsn, ByteBuffer.allocate(Integer.BYTES).putInt(size).array());
    remembered.put(key, size);
  }

  void drop(WriteBatch batch, PageKey key, long lsn) {
    batch.putImage(key, lsn, DROPPED);
    remembered.put(key, NONE);
  }

  void forget() {
    remembered.clear();
  }
}
