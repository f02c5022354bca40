package dev.argon.redo;

import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// All pages of a cluster in memory, by fork.
final class PageStore {

  static final int PAGE_SIZE = 8192;

  /// `RELSEG_SIZE`: blocks in one file of a fork.
  private static final int SEGMENT_BLOCKS = 131072;

  private static final Pattern FILE =
      Pattern.compile("(global|base/(\\d+))/(\\d+)(_fsm|_vm|_init)?(?:\\.(\\d+))?");

  record ForkKey(RelFileNode relation, int fork) {}

  final Map<ForkKey, List<ByteBuffer>> forks = new HashMap<>();

  /// Reads every fork of a stopped server's data directory.
  static PageStore load(Path data) throws IOException {
    PageStore store = new PageStore();
    try (Stream<Path> files = Files.walk(data)) {
      files.filter(Files::isRegularFile).sorted().forEach(file -> store.loadFile(data, file));
    }
    return store;
  }

  private void loadFile(Path data, Path file) {
    Matcher name = FILE.matcher(data.relativize(file).toString());
    if (!name.matches()) {
      return;
    }
    int database = name.group(2) == null ? 0 : Integer.parseUnsignedInt(name.group(2));
    int tablespace = database == 0 ? RelFileNode.GLOBAL_TABLESPACE : RelFileNode.DEFAULT_TABLESPACE;
    RelFileNode relation =
        new RelFileNode(tablespace, database, Integer.parseUnsignedInt(name.group(3)));
    String suffix = name.group(4) == null ? "" : name.group(4);
    int fork = 0;
    while (!Fork.fileSuffix(fork).equals(suffix)) {
      fork++;
    }
    int first = name.group(5) == null ? 0 : Integer.parseInt(name.group(5)) * SEGMENT_BLOCKS;
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // A new relation of no blocks counts too.
    forks.computeIfAbsent(new ForkKey(relation, fork), _ -> new ArrayList<>());
    for (int block = 0; block < bytes.length / PAGE_SIZE; block++) {
      byte[] page = Arrays.copyOfRange(bytes, block * PAGE_SIZE, (block + 1) * PAGE_SIZE);
      page(relation, fork, first + block).put(0, page);
    }
  }

  /// The page, of zeros if it did not exist.
  ByteBuffer page(RelFileNode relation, int fork, int block) {
    List<ByteBuffer> pages =
        forks.computeIfAbsent(new ForkKey(relation, fork), _ -> new ArrayList<>());
    while (pages.size() <= block) {
      pages.add(ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN));
    }
    return pages.get(block);
  }

  boolean exists(RelFileNode relation, int fork, int block) {
    return forks.getOrDefault(new ForkKey(relation, fork), List.of()).size() > block;
  }

  void truncate(RelFileNode relation, int fork, int blocks) {
    List<ByteBuffer> pages = forks.get(new ForkKey(relation, fork));
    if (pages != null && pages.size() > blocks) {
      pages.subList(blocks, pages.size()).clear();
    }
  }

  void drop(RelFileNode relation) {
    for (int fork = 0; fork < Fork.COUNT; fork++) {
      forks.remove(new ForkKey(relation, fork));
    }
  }

  void dropDatabase(int tablespace, int database) {
    forks
        .keySet()
        .removeIf(
            key -> key.relation().spcNode() == tablespace && key.relation().dbNode() == database);
  }

  void copyDatabase(int fromTablespace, int fromDatabase, int tablespace, int database) {
    for (Map.Entry<ForkKey, List<ByteBuffer>> fork : List.copyOf(forks.entrySet())) {
      RelFileNode relation = fork.getKey().relation();
      if (relation.spcNode() == fromTablespace && relation.dbNode() == fromDatabase) {
        RelFileNode copy = new RelFileNode(tablespace, database, relation.relNode());
        List<ByteBuffer> pages = new ArrayList<>();
        for (ByteBuffer page : fork.getValue()) {
          pages.add(copyOf(page));
        }
        forks.put(new ForkKey(copy, fork.getKey().fork()), pages);
      }
    }
  }

  static ByteBuffer copyOf(ByteBuffer page) {
    return ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN).put(0, page, 0, PAGE_SIZE);
  }
}
