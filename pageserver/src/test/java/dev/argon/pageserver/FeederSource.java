package dev.argon.pageserver;

import dev.argon.pageserver.ingest.WalSource;
import dev.argon.pageserver.timeline.Timeline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Some WAL in memory, served up to a position that a test moves on, in pieces of any length.
final class FeederSource implements WalSource {

  private static final int PIECE_MAX = 100_000;

  private final long firstLsn;
  private final byte[] wal;
  private final Random random;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long limitLsn;

  FeederSource(long firstLsn, byte[] wal, long seed) {
    this.firstLsn = firstLsn;
    this.wal = wal;
    random = new Random(seed);
  }

  /// Everything below may be read.
  void release(long lsn) {
    lock.lock();
    try {
      limitLsn = lsn;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String name() {
    return "feeder";
  }

  @Override
  public Stream open(Timeline timeline, long startLsn) {
    return new FeederStream(startLsn);
  }

  private final class FeederStream implements Stream {

    private long nextLsn;
    private long dataLsn;
    private ByteBuffer data = ByteBuffer.allocate(0);
    private boolean closed;

    FeederStream(long startLsn) {
      nextLsn = startLsn;
    }

    @Override
    public boolean receive() throws IOException {
      lock.lock();
      try {
        while (!closed && nextLsn >= limitLsn) {
          var _ = changed.await(1, TimeUnit.SECONDS);
        }
        if (closed) {
          throw new IOException("closed");
        }
        int length = (int) Math.min(limitLsn - nextLsn, 1 + random.nextInt(PIECE_MAX));
        data = ByteBuffer.wrap(wal, (int) (nextLsn - firstLsn), length).slice();
        dataLsn = nextLsn;
        nextLsn += length;
        return true;
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public long dataLsn() {
      return dataLsn;
    }

    @Override
    public ByteBuffer data() {
      return data;
    }

    @Override
    public long term() {
      return 3;
    }

    @Override
    public long endLsn() {
      return limitLsn;
    }

    @Override
    public void feedback(long received, long diskConsistent, long remoteConsistent) {}

    @Override
    public void close() {
      lock.lock();
      try {
        closed = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
