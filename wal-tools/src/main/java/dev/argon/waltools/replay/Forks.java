package dev.argon.waltools.replay;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// All relation files: finds a fork by its numbers, and does what records do to forks as wholes.
/// The dispatcher's; what makes blocks go away is called only while no batch is under way.
final class Forks {

  static final Pattern FILE_NAME = Pattern.compile("(\\d+)(_fsm|_vm|_init)?(?:\\.\\d+)?");

  /// A database's files in a tablespace.
  record Place(int tablespace, int database) {}

  private final BaseDirectory base;
  private final Path overlay;
  private final PageFiles files;
  private final ForkTable table = new ForkTable();

  /// Databases whose files in the base are gone; what is there now was made by replay.
  private final Set<Place> hidden = new HashSet<>();

  private final PageCache cache;
  private ForkFile last;

  Forks(BaseDirectory base, Path overlay, PageFiles files, PageCache cache) {
    this.base = base;
    this.overlay = overlay;
    this.files = files;
    this.cache = cache;
    last = new ForkFile(0, 0, 0, 0, overlay, overlay);
  }

  /// A fork; one that is not in the base has no blocks and does not exist.
  ForkFile fork(int spcNode, int dbNode, int relNode, int fork)
      throws IOException, CorruptDataException {
    ForkFile found = last;
    if (found.is(spcNode, dbNode, relNode, fork)) {
      return found;
    }
    ForkFile known = table.find(spcNode, dbNode, relNode, fork);
    found = known == null ? open(spcNode, dbNode, relNode, fork) : known;
    last = found;
    return found;
  }

  private ForkFile open(int spcNode, int dbNode, int relNode, int fork)
      throws IOException, CorruptDataException {
    String name = BaseDirectory.fileName(relNode, fork);
    Path basePath = base.databasePath(spcNode, dbNode).resolve(name);
    Path overlayPath = overlay.resolve(BaseDirectory.directory(spcNode, dbNode)).resolve(name);
    ForkFile file = new ForkFile(spcNode, dbNode, relNode, fork, basePath, overlayPath);
    if (!hidden.contains(new Place(spcNode, dbNode))) {
      long blocks = PageFiles.countBlocks(basePath);
      if (blocks > ForkFile.BLOCKS_MAX) {
        throw new CorruptDataException(basePath + " has " + blocks + " blocks");
      }
      file.exists = blocks >= 0;
      file.blocks = (int) Math.max(0, blocks);
      file.baseBlocks = file.blocks;
    }
    table.add(file);
    return file;
  }

  List<ForkFile> known() {
    return table.all();
  }

  boolean isKnown(int spcNode, int dbNode, int relNode, int fork) {
    return table.find(spcNode, dbNode, relNode, fork) != null;
  }

  boolean isHidden(int tablespace, int database) {
    return hidden.contains(new Place(tablespace, database));
  }

  static void create(ForkFile fork) {
    if (!fork.exists) {
      fork.exists = true;
      fork.changed = true;
    }
  }

  /// Makes the fork long enough to have the block; zeros between.
  static void extend(ForkFile fork, int block) throws CorruptDataException {
    if (Integer.compareUnsigned(block, ForkFile.BLOCKS_MAX) >= 0) {
      throw new CorruptDataException(
          "block " + Integer.toUnsignedString(block) + " of " + fork + " is out of reach");
    }
    create(fork);
    fork.blocks = block + 1;
    fork.changed = true;
  }

  void truncate(ForkFile fork, int blocks) {
    if (Integer.compareUnsigned(blocks, fork.blocks) < 0) {
      for (int block = blocks; block < fork.blocks; block++) {
        cache.discard(fork, block);
      }
      fork.blocks = blocks;
      fork.baseBlocks = Math.min(fork.baseBlocks, blocks);
      fork.changed = true;
    }
  }

  void drop(ForkFile fork) throws IOException {
    truncate(fork, 0);
    files.deleteOverlay(fork.overlayPath);
    fork.exists = false;
    fork.changed = true;
  }

  /// All forks of a relation.
  void drop(int spcNode, int dbNode, int relNode) throws IOException, CorruptDataException {
    for (int fork = 0; fork < Fork.COUNT; fork++) {
      drop(fork(spcNode, dbNode, relNode, fork));
    }
  }

  void dropDatabase(int tablespace, int database) throws IOException {
    for (ForkFile fork : table.all()) {
      if (fork.spcNode == tablespace && fork.dbNode == database) {
        drop(fork);
      }
    }
    hidden.add(new Place(tablespace, database));
  }

  /// The forks of a database that exist, those that replay has not met included.
  List<ForkFile> ofDatabase(int tablespace, int database) throws IOException, CorruptDataException {
    if (!isHidden(tablespace, database)) {
      for (Path file : Listing.of(base.databasePath(tablespace, database))) {
        Matcher name = FILE_NAME.matcher(file.getFileName().toString());
        if (name.matches()) {
          fork(tablespace, database, Integer.parseUnsignedInt(name.group(1)), forkOf(name));
        }
      }
    }
    return table.all().stream()
        .filter(fork -> fork.exists && fork.spcNode == tablespace && fork.dbNode == database)
        .toList();
  }

  static int forkOf(Matcher name) {
    String suffix = name.group(2) == null ? "" : name.group(2);
    int fork = 0;
    while (!Fork.fileSuffix(fork).equals(suffix)) {
      fork++;
    }
    return fork;
  }
}
