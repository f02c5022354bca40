package dev.argon.compute.communicator;

import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.redo.Redo;
import dev.argon.redo.RedoSettings;
import dev.argon.redo.UnsupportedRecordException;
import dev.argon.redo.effect.EffectSink;
import dev.argon.redo.effect.PageChange;
import dev.argon.redo.effect.RecordEffects;
import dev.argon.redo.effect.Slru;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The pages of a cluster, begun with the files of a stopped server and carried on by the WAL of
/// another that went on from there. It replays no further than it is asked to: the laziest
/// pageserver that the rules allow.
final class WalPages implements EffectSink {

  private static final int PAGE_SIZE = 8192;
  private static final Pattern FILE =
      Pattern.compile("(global|base/(\\d+))/(\\d+)(_fsm|_vm|_init)?");
  private static final RedoSettings SETTINGS = new RedoSettings(false);

  private record ForkKey(RelFileNode relation, int fork) {}

  private final Map<ForkKey, List<ByteBuffer>> forks = new HashMap<>();

  /// Pages that cannot be known until an image comes, and why.
  private final Map<PageKey, String> unsupported = new HashMap<>();

  private final Path wal;
  private final WalLayout layout;
  private final WalStreamDecoder decoder;
  private WalRecord record = new WalRecord();
  private long endLsn;

  /// @param cluster the stopped server's data directory
  /// @param wal the running server's `pg_wal`
  WalPages(Path cluster, Path wal, long startLsn, long systemId) throws IOException {
    this.wal = wal;
    layout = WalLayout.v15(systemId);
    decoder = WalStreamDecoder.startingAt(startLsn, layout);
    try (Stream<Path> files = Files.walk(cluster)) {
      files.filter(Files::isRegularFile).forEach(file -> load(cluster, file));
    }
  }

  private void load(Path cluster, Path file) {
    Matcher name = FILE.matcher(cluster.relativize(file).toString());
    if (!name.matches()) {
      return;
    }
    int database = name.group(2) == null ? 0 : Integer.parseInt(name.group(2));
    RelFileNode relation =
        new RelFileNode(database == 0 ? 1664 : 1663, database, Integer.parseInt(name.group(3)));
    String suffix = name.group(4) == null ? "" : name.group(4);
    int fork = 0;
    while (!Fork.fileSuffix(fork).equals(suffix)) {
      fork++;
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      for (int block = 0; block < bytes.length / PAGE_SIZE; block++) {
        page(relation, fork, block).put(0, bytes, block * PAGE_SIZE, PAGE_SIZE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<ByteBuffer> fork(RelFileNode relation, int fork) {
    return forks.computeIfAbsent(new ForkKey(relation, fork), _ -> new ArrayList<>());
  }

  private ByteBuffer page(RelFileNode relation, int fork, int block) {
    List<ByteBuffer> pages = fork(relation, fork);
    while (pages.size() <= block) {
      pages.add(ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN));
    }
    return pages.get(block);
  }

  /// Copies a page as of the position replayed to; zeros past the end.
  ///
  /// @throws FakePageService.RefusedException if there is no redo for one of its records
  void read(RelFileNode relation, int fork, int block, ByteBuffer target)
      throws FakePageService.RefusedException {
    String problem = unsupported.get(key(relation, fork, block));
    if (problem != null) {
      throw new FakePageService.RefusedException(problem);
    }
    List<ByteBuffer> pages = forks.getOrDefault(new ForkKey(relation, fork), List.of());
    ByteBuffer page = block < pages.size() ? pages.get(block) : ByteBuffer.allocate(PAGE_SIZE);
    target.put(target.position(), page, 0, PAGE_SIZE).position(target.position() + PAGE_SIZE);
  }

  /// Replays up to `lsn`, which the server has flushed.
  void replayTo(long lsn) throws IOException, CorruptDataException {
    while (Long.compareUnsigned(decoder.fedLsn(), lsn) < 0) {
      long from = decoder.fedLsn();
      long end = Math.min(lsn, layout.segmentStart(layout.segmentNumber(from) + 1));
      byte[] bytes = new byte[(int) (end - from)];
      Path segment = wal.resolve(layout.segmentFileName(1, layout.segmentNumber(from)));
      try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "r")) {
        file.seek(layout.segmentOffset(from));
        file.readFully(bytes);
      }
      decoder.feed(bytes);
      while (decoder.next()) {
        record = decoder.record();
        endLsn = decoder.recordEndLsn();
        RecordEffects.decode(record, endLsn, this);
      }
    }
    if (decoder.fedLsn() == lsn && decoder.boundaryLsn() != lsn) {
      throw new CorruptDataException("no record ends at " + Long.toHexString(lsn));
    }
  }

  @Override
  public void relationBlock(
      RelFileNode relation, int fork, int block, int blockIndex, boolean willInit) {
    ByteBuffer page = page(relation, fork, block);
    if (willInit) {
      page.put(0, new byte[PAGE_SIZE]);
    }
    boolean restored = willInit || record.blockImageApplies(blockIndex);
    if (!restored && unsupported.containsKey(key(relation, fork, block))) {
      return;
    }
    try {
      Redo.apply(page, record, blockIndex, endLsn, SETTINGS);
      var _ = unsupported.remove(key(relation, fork, block));
    } catch (UnsupportedRecordException e) {
      var _ = unsupported.put(key(relation, fork, block), String.valueOf(e.getMessage()));
    } catch (CorruptDataException e) {
      throw new IllegalStateException(record + " block " + block + " of " + relation, e);
    }
  }

  private static PageKey key(RelFileNode relation, int fork, int block) {
    return PageKey.relationBlock(relation, fork, block);
  }

  @Override
  public void relationImage(RelFileNode relation, int fork, int block, byte[] image) {
    page(relation, fork, block).put(0, image);
    var _ = unsupported.remove(key(relation, fork, block));
  }

  @Override
  public void relationChange(RelFileNode relation, int fork, int block, byte[] change) {
    if (block < forks.getOrDefault(new ForkKey(relation, fork), List.of()).size()) {
      try {
        PageChange.apply(page(relation, fork, block), change, endLsn);
      } catch (CorruptDataException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void relationCreate(RelFileNode relation, int fork) {
    var _ = fork(relation, fork);
  }

  @Override
  public void relationTruncate(RelFileNode relation, int fork, int blocks) {
    List<ByteBuffer> pages = fork(relation, fork);
    if (pages.size() > blocks) {
      pages.subList(blocks, pages.size()).clear();
      unsupported
          .keySet()
          .removeIf(key ->
              key.relationNode().equals(relation) && key.fork() == fork && key.block() >= blocks);
    }
  }

  @Override
  public void relationDrop(RelFileNode relation) {
    forks.keySet().removeIf(key -> key.relation().equals(relation));
    unsupported.keySet().removeIf(key -> key.relationNode().equals(relation));
  }

  @Override
  public void databaseDrop(int tablespace, int database) {
    forks.keySet().removeIf(key -> key.relation().dbNode() == database);
  }

  @Override
  public void databaseCopy(int fromTablespace, int fromDatabase, int tablespace, int database) {
    throw new IllegalStateException("a database was copied file by file");
  }

  // What follows is not about pages.

  @Override
  public void databaseCreate(int tablespace, int database) {}

  @Override
  public void relationMap(int tablespace, int database, byte[] map) {}

  @Override
  public void slruImage(Slru slru, int page, byte[] image) {}

  @Override
  public void slruChange(Slru slru, int page, byte[] change) {}

  @Override
  public void slruTruncate(Slru slru, int oldestPage) {}

  @Override
  public void slruDropSegments(Slru slru, int firstSegment, int endSegment) {}

  @Override
  public void twoPhaseCreate(int transactionId, byte[] state) {}

  @Override
  public void twoPhaseRemove(int transactionId) {}

  @Override
  public void commitTime(long timestampMicros) {}

  @Override
  public void auxiliaryFile(String path, byte[] content) {}

  @Override
  public void replicationOrigin(int originId, long remoteLsn) {}
}
