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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// One record of a kind redone on its page. The page as it was before is copied first: `page copy`
/// says what that costs.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class RedoBenchmark {

  private static final int PAGE_SIZE = 8192;
  private static final int ALL = 0xF0;
  private static final RedoSettings SETTINGS = new RedoSettings(false);

  @Param({
    "page copy",
    "heap insert",
    "heap delete",
    "heap update",
    "heap hot update",
    "heap prune",
    "heap multi-insert",
    "heap visible",
    "btree insert",
    "btree split",
    "btree deduplicate",
    "btree vacuum",
    "gin insert",
    "gist update",
    "hash insert",
    "image"
  })
  public String kind = "";

  private Corpus.Seed[] seeds = {};
  private final ByteBuffer page =
      ByteBuffer.allocateDirect(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final WalRecord record = new WalRecord();
  private int next;

  @Setup
  public void load() throws IOException, CorruptDataException {
    Corpus corpus = Samples.corpus("redo");
    List<Corpus.Seed> found =
        switch (kind) {
          case "heap insert" -> Samples.of(corpus, ResourceManager.HEAP, 0x00, ALL, 0, false);
          case "heap delete" -> Samples.of(corpus, ResourceManager.HEAP, 0x10, ALL, 0, false);
          case "heap update" -> Samples.of(corpus, ResourceManager.HEAP, 0x20, ALL, -1, false);
          case "heap hot update" -> Samples.of(corpus, ResourceManager.HEAP, 0x40, ALL, 0, false);
          case "heap prune" -> Samples.of(corpus, ResourceManager.HEAP2, 0x10, ALL, 0, false);
          case "heap multi-insert" ->
              Samples.of(corpus, ResourceManager.HEAP2, 0x50, ALL, 0, false);
          case "heap visible" -> Samples.of(corpus, ResourceManager.HEAP2, 0x40, ALL, -1, false);
          case "btree insert" -> Samples.of(corpus, ResourceManager.BTREE, 0x00, ALL, 0, false);
          case "btree split" -> Samples.of(corpus, ResourceManager.BTREE, 0x40, ALL, 0, false);
          case "btree deduplicate" ->
              Samples.of(corpus, ResourceManager.BTREE, 0x60, ALL, 0, false);
          case "btree vacuum" -> Samples.of(corpus, ResourceManager.BTREE, 0xC0, ALL, 0, false);
          case "gin insert" -> Samples.of(corpus, ResourceManager.GIN, 0x20, ALL, 0, false);
          case "gist update" -> Samples.of(corpus, ResourceManager.GIST, 0x00, ALL, 0, false);
          case "hash insert" -> Samples.of(corpus, ResourceManager.HASH, 0x20, ALL, 0, false);
          default -> Samples.of(corpus, ResourceManager.XLOG, 0xB0, ALL, 0, true);
        };
    seeds = found.toArray(Corpus.Seed[]::new);
  }

  @Benchmark
  public ByteBuffer redo() throws CorruptDataException, UnsupportedRecordException {
    next = next + 1 == seeds.length ? 0 : next + 1;
    Corpus.Seed seed = seeds[next];
    page.put(0, seed.page());
    if (!kind.equals("page copy")) {
      record.reset(seed.record(), 0, seed.record().length);
      Redo.apply(page, record, seed.blockIndex(), seed.endLsn(), SETTINGS);
    }
    return page;
  }
}
