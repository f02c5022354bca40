package dev.argon.compute.boot;

import dev.argon.pageservice.BootMessage.RelationFork;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Creates the segment files of all relations, sparse and of their true size.
///
/// An unlogged relation (one with an init fork) starts anew as after a crash: its main fork is a
/// copy of its init fork, and it has no map forks.
public final class RelationFiles {

  /// Creating a file mostly waits for the file system's journal: more threads than processors help.
  private static final int THREADS = 4;

  /// Below this many files threads cost more than they bring.
  private static final int FILES_PER_TASK = 64;

  /// Gives the pages of an init fork, in full.
  @FunctionalInterface
  public interface InitForkPages {
    /// @param page filled with 8192 bytes
    void read(RelFileNode relation, int block, byte[] page) throws IOException;
  }

  private final Path dataDirectory;

  public RelationFiles(Path dataDirectory) {
    this.dataDirectory = dataDirectory;
  }

  /// Creates them all; the directories exist.
  ///
  /// @return how many files were made
  public int create(List<RelationFork> forks, InitForkPages initForks)
      throws IOException, CorruptDataException, InterruptedException {
    Set<RelFileNode> unlogged = new HashSet<>();
    for (RelationFork fork : forks) {
      if (fork.fork() == Fork.INIT) {
        unlogged.add(fork.relation());
      }
    }
    List<Segment> segments = new ArrayList<>();
    for (RelationFork fork : forks) {
      if (fork.fork() == Fork.INIT || !unlogged.contains(fork.relation())) {
        addSegments(fork, segments);
      }
    }
    createSegments(segments);
    for (RelationFork fork : forks) {
      if (fork.fork() == Fork.INIT) {
        copyInitFork(fork, initForks);
      }
    }
    return segments.size() + unlogged.size();
  }

  private record Segment(Path path, long bytes) {}

  private void addSegments(RelationFork fork, List<Segment> segments) throws CorruptDataException {
    String path = RelationPath.of(fork.relation(), fork.fork());
    long left = Integer.toUnsignedLong(fork.blocks());
    for (int number = 0; number == 0 || left > 0; number++) {
      long blocks = Math.min(left, RelationPath.SEGMENT_BLOCKS);
      String name = number == 0 ? path : path + '.' + number;
      segments.add(new Segment(dataDirectory.resolve(name), blocks * RelationPath.BLOCK_BYTES));
      left -= blocks;
    }
  }

  private static void createSegments(List<Segment> segments)
      throws IOException, InterruptedException {
    List<Future<?>> tasks = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
      for (int from = 0; from < segments.size(); from += FILES_PER_TASK) {
        List<Segment> part =
            segments.subList(from, Math.min(segments.size(), from + FILES_PER_TASK));
        tasks.add(
            executor.submit(() -> {
              for (Segment segment : part) {
                createSegment(segment);
              }
              return null;
            }));
      }
      for (Future<?> task : tasks) {
        task.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    }
  }

  private static void createSegment(Segment segment) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(segment.path().toFile(), "rw")) {
      file.setLength(segment.bytes());
    }
  }

  private void copyInitFork(RelationFork init, InitForkPages pages)
      throws IOException, CorruptDataException {
    byte[] page = new byte[RelationPath.BLOCK_BYTES];
    Path path = dataDirectory.resolve(RelationPath.of(init.relation(), Fork.MAIN));
    if (Integer.compareUnsigned(init.blocks(), RelationPath.SEGMENT_BLOCKS) > 0) {
      throw new CorruptDataException("init fork of " + init.relation() + " is over a gigabyte");
    }
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      for (int block = 0; block < init.blocks(); block++) {
        pages.read(init.relation(), block, page);
        file.write(page);
      }
    }
  }
}
