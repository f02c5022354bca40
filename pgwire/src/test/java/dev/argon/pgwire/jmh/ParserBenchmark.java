package dev.argon.pgwire.jmh;

import dev.argon.pgwire.message.BlockPool;
import dev.argon.pgwire.message.MessageParser;
import dev.argon.pgwire.message.MessageSet;
import dev.argon.pgwire.message.MessageView;
import dev.argon.pgwire.message.ParserLimits;
import dev.argon.pgwire.message.ProtocolErrorException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What one core parses, the copy of the bytes into the receive buffer (the kernel's part of a
/// read) included.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class ParserBenchmark {

  private static final int LARGE_BYTES = 128 << 10;
  private static final int LARGE = 16;
  private static final int SMALL_BYTES = 32;
  private static final int SMALL = 4096;

  private final ByteBuffer large = stream(LARGE, LARGE_BYTES);
  private final ByteBuffer small = stream(SMALL, SMALL_BYTES);
  private MessageParser parser =
      new MessageParser(
          BlockPool.shared(), MessageSet.FRONTEND, ParserLimits.of(1 << 20, 256 << 10));

  private static ByteBuffer stream(int count, int payloadBytes) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(count * (5 + payloadBytes));
    for (int i = 0; i < count; i++) {
      bytes.put((byte) 'd').putInt(4 + payloadBytes);
      bytes.position(bytes.position() + payloadBytes);
    }
    return bytes.flip();
  }

  @Setup
  public void open() {
    parser.close();
    parser =
        new MessageParser(
            BlockPool.shared(), MessageSet.FRONTEND, ParserLimits.of(1 << 20, 256 << 10));
  }

  @TearDown
  public void close() {
    parser.abandon();
  }

  /// One CopyData of 128 KiB.
  @Benchmark
  @OperationsPerInvocation(LARGE)
  public long copyData() throws ProtocolErrorException {
    return parse(large);
  }

  /// One message of 32 bytes.
  @Benchmark
  @OperationsPerInvocation(SMALL)
  public long smallMessage() throws ProtocolErrorException {
    return parse(small);
  }

  private long parse(ByteBuffer stream) throws ProtocolErrorException {
    stream.rewind();
    long sum = 0;
    while (stream.hasRemaining()) {
      parser.feed(stream);
      while (parser.next()) {
        ByteBuffer body = parser.body();
        sum += body.remaining() + parser.tag();
      }
    }
    return sum;
  }

  /// One message of 32 bytes, held as a view and let go.
  @Benchmark
  @OperationsPerInvocation(SMALL)
  public long retainedMessage() throws ProtocolErrorException {
    small.rewind();
    long sum = 0;
    while (small.hasRemaining()) {
      parser.feed(small);
      while (parser.next()) {
        try (MessageView view = parser.retain()) {
          sum += view.length();
        }
      }
    }
    return sum;
  }
}
