package dev.argon.pgwire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.argon.pgwire.message.BlockPool;
import dev.argon.pgwire.message.MessageSet;
import dev.argon.pgwire.message.ParserLimits;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class AllocationTest {

  private static final int MESSAGES = 1_000;
  private static final int PAYLOAD_BYTES = 64 << 10;

  /// So many bytes for all messages: a thousandth of their payload.
  private static final long ALLOCATED_MAX = 64 << 10;

  /// The same CopyData again and again, in pieces as a socket would give them.
  private static final class Stream implements ReadableByteChannel {
    private final ByteBuffer message = ByteBuffer.allocateDirect(5 + PAYLOAD_BYTES);

    Stream() {
      message.put((byte) 'd').putInt(4 + PAYLOAD_BYTES).clear();
    }

    @Override
    public int read(ByteBuffer target) {
      if (!message.hasRemaining()) {
        message.clear();
      }
      int count = Math.min(Math.min(target.remaining(), message.remaining()), 50_000);
      target.put(target.position(), message, message.position(), count);
      target.position(target.position() + count);
      message.position(message.position() + count);
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  @Test
  @DisplayName("PP-2: 1000 CopyData of 64 KiB allocate nothing of the size of a payload")
  void copyDataIsNotCopied() throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (MessageReader reader =
        new MessageReader(
            new Stream(), MessageSet.FRONTEND, ParserLimits.of(1 << 20, 16 << 10), 0)) {
      readAll(reader);
      long lent = BlockPool.shared().lentBytes();
      long before = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());

      long total = readAll(reader);

      long after = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
      assertThat(total).isEqualTo((long) MESSAGES * PAYLOAD_BYTES);
      assertThat(after - before).isLessThan(ALLOCATED_MAX);
      assertThat(BlockPool.shared().lentBytes()).as("direct memory").isLessThanOrEqualTo(lent);
    }
  }

  private static long readAll(MessageReader reader) throws IOException {
    long total = 0;
    for (int i = 0; i < MESSAGES; i++) {
      reader.next();
      total += reader.body().remaining();
    }
    return total;
  }
}
