package dev.argon.redo.jmh;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.redo.fuzz.Corpus;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Finding and decoding one record of a log without consistency images, of about 100 bytes.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class DecodeBenchmark {

  @Param({"true", "false"})
  public boolean checksCrc;

  private byte[] wal = {};
  private long startLsn;
  private WalStreamDecoder decoder = WalStreamDecoder.startingAt(0, WalLayout.v15(0));

  @Setup
  public void load() throws IOException, CorruptDataException {
    for (Corpus.Piece piece : Samples.corpus("effects").pieces()) {
      if (piece.bytes().length > wal.length) {
        wal = piece.bytes();
        startLsn = piece.startLsn();
      }
    }
    decoder = WalStreamDecoder.startingAt(startLsn, WalLayout.v15(0)).checkingCrc(checksCrc);
    decoder.feed(wal);
  }

  @Benchmark
  public WalRecord record() throws CorruptDataException {
    if (!decoder.next()) {
      decoder.restart(startLsn);
      decoder.feed(wal);
      decoder.next();
    }
    return decoder.record();
  }
}
