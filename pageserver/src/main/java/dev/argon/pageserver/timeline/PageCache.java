package dev.argon.pageserver.timeline;

import dev.argon.pageservice.PageResponse;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/// Rebuilt pages in a fixed amount of memory outside the heap: of each page one version, the newest
/// that was asked for, with the LSN as of which it is exact. A later read needs only the versions
/// above that LSN.
///
/// Stripes with a lock each; in a stripe a table of slots by open hashing within buckets of eight,
/// and in a bucket the slot that was not used for longest gives way.
public final class PageCache {

  private static final int STRIPES = 16;
  private static final int WAYS = 8;
  private static final int PAGE = PageResponse.PAGE_SIZE;

  private final Stripe[] stripes = new Stripe[STRIPES];
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  /// A cache of about so many bytes.
  public PageCache(long bytes) {
    int buckets = (int) Math.max(1, bytes / PAGE / STRIPES / WAYS);
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe(buckets);
    }
  }

  public long hits() {
    return hits.sum();
  }

  public long misses() {
    return misses.sum();
  }

  private static long hash(long timeline, long high, long low) {
    long z = (timeline * 0x9E3779B97F4A7C15L) ^ (high * 0xBF58476D1CE4E5B9L) ^ low;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /// Copies the page, if it is there as of an LSN not above `upToLsn`, to index 0 of `page`.
  ///
  /// @return the LSN as of which it is exact, or 0
  public long find(long timeline, long high, long low, long upToLsn, ByteBuffer page) {
    long hash = hash(timeline, high, low);
    long lsn = stripes[(int) (hash >>> 60)].find((int) hash, timeline, high, low, upToLsn, page);
    (lsn == 0 ? misses : hits).increment();
    return lsn;
  }

  /// Keeps the page at index 0 of `page`, unless a newer one is there.
  public void keep(long timeline, long high, long low, long lsn, ByteBuffer page) {
    long hash = hash(timeline, high, low);
    stripes[(int) (hash >>> 60)].keep((int) hash, timeline, high, low, lsn, page);
  }

  private static final class Stripe {

    /// Guards everything here; innermost. A page is copied under it, about 200 ns.
    private final ReentrantLock lock = new ReentrantLock();

    private final int buckets;
    private final ByteBuffer pages;
    private final long[] timelines;
    private final long[] highs;
    private final long[] lows;
    private final long[] lsns;
    private final long[] used;
    private long clock;

    Stripe(int buckets) {
      this.buckets = buckets;
      int slots = buckets * WAYS;
      pages = ByteBuffer.allocateDirect(slots * PAGE);
      timelines = new long[slots];
      highs = new long[slots];
      lows = new long[slots];
      lsns = new long[slots];
      used = new long[slots];
    }

    private int firstSlot(int hash) {
      return Integer.remainderUnsigned(hash, buckets) * WAYS;
    }

    long find(int hash, long timeline, long high, long low, long upToLsn, ByteBuffer page) {
      lock.lock();
      try {
        int first = firstSlot(hash);
        for (int slot = first; slot < first + WAYS; slot++) {
          if (lows[slot] == low && highs[slot] == high && timelines[slot] == timeline) {
            if (lsns[slot] == 0 || Long.compareUnsigned(lsns[slot], upToLsn) > 0) {
              return 0;
            }
            used[slot] = ++clock;
            page.put(0, pages, slot * PAGE, PAGE);
            return lsns[slot];
          }
        }
        return 0;
      } finally {
        lock.unlock();
      }
    }

    void keep(int hash, long timeline, long high, long low, long lsn, ByteBuffer page) {
      lock.lock();
      try {
        int first = firstSlot(hash);
        int victim = first;
        for (int slot = first; slot < first + WAYS; slot++) {
          if (lows[slot] == low && highs[slot] == high && timelines[slot] == timeline) {
            if (Long.compareUnsigned(lsns[slot], lsn) >= 0) {
              return;
            }
            victim = slot;
            break;
          }
          if (used[slot] < used[victim]) {
            victim = slot;
          }
        }
        timelines[victim] = timeline;
        highs[victim] = high;
        lows[victim] = low;
        lsns[victim] = lsn;
        used[victim] = ++clock;
        pages.put(victim * PAGE, page, 0, PAGE);
      } finally {
        lock.unlock();
      }
    }
  }
}
