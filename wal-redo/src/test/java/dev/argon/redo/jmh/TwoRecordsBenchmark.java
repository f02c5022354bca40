package dev.argon.redo.jmh;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.Redo;
import dev.argon.redo.RedoSettings;
import dev.argon.redo.UnsupportedRecordException;
import dev.argon.redo.fuzz.Corpus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What a pageserver does for one page: takes the page as it was, and applies two records to it
/// that follow each other.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class TwoRecordsBenchmark {

  private static final int PAGE_SIZE = 8192;
  private static final RedoSettings SETTINGS = new RedoSettings(false);

  private final ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final WalRecord record = new WalRecord();
  private Corpus.Seed[] pair = {};

  @Setup
  public void load() throws IOException, CorruptDataException, UnsupportedRecordException {
    List<Corpus.Seed> inserts =
        Samples.of(Samples.corpus("redo"), ResourceManager.HEAP, 0x00, 0xF0, 0, false);
    for (Corpus.Seed first : inserts) {
      page.put(0, first.page());
      record.reset(first.record(), 0, first.record().length);
      Redo.apply(page, record, first.blockIndex(), first.endLsn(), SETTINGS);
      for (Corpus.Seed second : inserts) {
        if (page.equals(ByteBuffer.wrap(second.page()))) {
          pair = new Corpus.Seed[] {first, second};
          return;
        }
      }
    }
    throw new IllegalStateException("no two inserts on one page in the corpus");
  }

  @Benchmark
  public ByteBuffer pageWithTwoRecords() throws CorruptDataException, UnsupportedRecordException {
    page.put(0, pair[0].page());
    for (Corpus.Seed seed : pair) {
      record.reset(seed.record(), 0, seed.record().length);
      Redo.apply(page, record, seed.blockIndex(), seed.endLsn(), SETTINGS);
    }
    return page;
  }
}
