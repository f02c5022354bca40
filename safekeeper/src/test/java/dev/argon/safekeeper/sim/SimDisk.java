package dev.argon.safekeeper.sim;

import dev.argon.postgres.wal.WalLayout;
import dev.argon.safekeeper.wal.Disk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A disk with one directory. Names are durable once the directory was synced, in the order in
/// which they came; the content of a file once the file was.
final class SimDisk implements Disk {

  static final Path DIRECTORY = Path.of("/sim");

  /// What is given back when the reserve is deleted.
  static final int RESERVE_BYTES = 16 << 10;

  private static final long ROOMY = 1L << 40;
  private static final int SEGMENT_NAME_LENGTH = 24;

  /// Told before WAL changes.
  @FunctionalInterface
  interface WalGuard {
    void changes(long fromLsn);
  }

  private record NameStep(@Nullable String removed, @Nullable String added, SimFile file) {}

  private final RandomGenerator random;
  private final WalLayout layout;
  private final WalGuard guard;

  private Map<String, SimFile> names = new HashMap<>();
  private final Map<String, SimFile> durableNames = new HashMap<>();
  private final List<NameStep> pendingNames = new ArrayList<>();

  // What is to go wrong.
  private int crashIn = -1;
  private int failSyncIn = -1;
  private boolean full;
  private long spareBytes;

  SimDisk(RandomGenerator random, WalLayout layout, WalGuard guard) {
    this.random = random;
    this.layout = layout;
    this.guard = guard;
  }

  /// The process ends at the `steps`-th change from now on.
  void crashIn(int steps) {
    crashIn = steps;
  }

  void failSyncIn(int syncs) {
    failSyncIn = syncs;
  }

  boolean willFail() {
    return crashIn >= 0 || failSyncIn >= 0;
  }

  void full(boolean isFull) {
    full = isFull;
    spareBytes = 0;
  }

  boolean isFull() {
    return full;
  }

  /// The process that used it ends. What it wrote is seen by the next one, synced or not.
  void loseProcess() {
    crashIn = -1;
    failSyncIn = -1;
  }

  /// The power goes.
  void losePower() {
    loseProcess();
    int kept = random.nextInt(pendingNames.size() + 1);
    pendingNames.subList(0, kept).forEach(step -> apply(step, durableNames));
    pendingNames.clear();
    names = new HashMap<>(durableNames);
    names.values().forEach(file -> file.lose(random));
  }

  /// Of a page that was torn only a beginning is left, in whichever WAL was torn last.
  ///
  /// @return whether there was one
  boolean dropPieces() {
    boolean dropped = false;
    for (SimFile file : names.values()) {
      dropped |= file.startLsn >= 0 && file.dropPieces();
    }
    return dropped;
  }

  private static void apply(NameStep step, Map<String, SimFile> target) {
    if (step.removed != null) {
      target.remove(step.removed);
    }
    if (step.added != null) {
      target.put(step.added, step.file);
    }
  }

  private void change(NameStep step) {
    apply(step, names);
    pendingNames.add(step);
  }

  /// A change is about to happen.
  private void before() {
    if (crashIn == 0 && random.nextBoolean()) {
      throw new SimCrash();
    }
  }

  private void after() {
    if (crashIn >= 0 && crashIn-- == 0) {
      throw new SimCrash();
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private SimFile make(String name) {
    long startLsn = -1;
    if (name.length() == SEGMENT_NAME_LENGTH) {
      long high = Long.parseLong(name, 8, 16, 16);
      long low = Long.parseLong(name, 16, 24, 16);
      startLsn = layout.segmentStart(high * (0x1_0000_0000L / layout.segmentSize()) + low);
    }
    SimFile file = new SimFile(startLsn);
    change(new NameStep(null, name, file));
    return file;
  }

  /// @throws NoSuchFileException if there is none
  SimFile require(Path path) throws NoSuchFileException {
    SimFile file = names.get(name(path));
    if (file == null) {
      throw new NoSuchFileException(path.toString());
    }
    return file;
  }

  @Override
  public FileChannel open(Path path, OpenOption... options) throws IOException {
    List<OpenOption> wanted = List.of(options);
    SimFile file = names.get(name(path));
    if (file == null) {
      if (!wanted.contains(StandardOpenOption.CREATE)) {
        throw new NoSuchFileException(path.toString());
      }
      before();
      file = make(name(path));
      after();
    } else if (wanted.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
      before();
      file.resize(0);
      after();
    }
    return new SimChannel(this, file);
  }

  @Override
  public FileChannel openSized(Path path, long sizeBytes) throws IOException {
    before();
    SimFile file = names.get(name(path));
    if (file == null) {
      file = make(name(path));
    } else if (file.startLsn >= 0 && sizeBytes < file.size()) {
      guard.changes(file.startLsn + sizeBytes);
    }
    file.resize((int) sizeBytes);
    after();
    return new SimChannel(this, file);
  }

  void write(SimFile file, int offset, byte[] bytes) throws IOException {
    before();
    if (full) {
      if (spareBytes < bytes.length) {
        throw new IOException("No space left on device");
      }
      spareBytes -= bytes.length;
    }
    if (file.startLsn >= 0) {
      guard.changes(file.startLsn + offset);
    }
    file.write(offset, bytes);
    after();
  }

  void sync(SimFile file) throws IOException {
    before();
    if (failSyncIn >= 0 && failSyncIn-- == 0) {
      file.lose(random);
      throw new IOException("Input/output error");
    }
    file.sync();
    after();
  }

  @Override
  public boolean exists(Path path) {
    return names.containsKey(name(path));
  }

  @Override
  public long sizeBytes(Path path) throws IOException {
    return require(path).size();
  }

  @Override
  public byte[] readAll(Path path) throws IOException {
    SimFile file = require(path);
    byte[] content = new byte[file.size()];
    file.read(0, content, 0, content.length);
    return content;
  }

  @Override
  public List<String> list(Path directory) {
    return List.copyOf(names.keySet());
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    before();
    change(new NameStep(name(from), name(to), require(from)));
    after();
  }

  @Override
  public boolean delete(Path path) throws IOException {
    SimFile file = names.get(name(path));
    if (file == null) {
      return false;
    }
    before();
    if (file.startLsn >= 0) {
      guard.changes(file.startLsn);
    }
    change(new NameStep(name(path), null, file));
    if (full) {
      spareBytes += file.used();
    }
    after();
    return true;
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    before();
    if (failSyncIn >= 0 && failSyncIn-- == 0) {
      throw new dev.argon.safekeeper.wal.SyncFailedException(
          "cannot sync " + directory, new IOException("Input/output error"));
    }
    pendingNames.forEach(step -> apply(step, durableNames));
    pendingNames.clear();
    after();
  }

  @Override
  public long freeBytes(Path directory) {
    return full ? 0 : ROOMY;
  }

  // For those who check.

  boolean isEmpty() {
    return names.isEmpty() && durableNames.isEmpty();
  }

  /// Whether the WAL below `lsn` would survive the loss of power.
  boolean isDurableBelow(long lsn) {
    for (SimFile file : names.values()) {
      if (file.startLsn >= 0
          && Math.max(file.startLsn, SimWorld.START) < lsn
          && (!durableNames.containsValue(file)
              || !file.isDurableBelow((int) Math.min(Integer.MAX_VALUE, lsn - file.startLsn)))) {
        return false;
      }
    }
    return true;
  }

  /// What is on the platter under a name, or nothing.
  byte[] durableContent(String name) {
    SimFile file = durableNames.get(name);
    return file == null ? new byte[0] : file.durableContent();
  }

  /// WAL on the platter.
  byte[] durableWal(long fromLsn, int count) {
    byte[] wal = new byte[count];
    for (SimFile file : durableNames.values()) {
      if (file.startLsn >= 0
          && file.startLsn < fromLsn + count
          && file.startLsn + layout.segmentSize() > fromLsn) {
        byte[] content = file.durableContent();
        int from = (int) Math.max(0, fromLsn - file.startLsn);
        int at = (int) (file.startLsn + from - fromLsn);
        int length = Math.min(content.length - from, count - at);
        if (length > 0) {
          System.arraycopy(content, from, wal, at, length);
        }
      }
    }
    return wal;
  }

  /// A bit falls over at an LSN.
  void rot(long lsn, int bit) {
    for (SimFile file : names.values()) {
      if (file.startLsn >= 0
          && file.startLsn <= lsn
          && lsn < file.startLsn + layout.segmentSize()) {
        file.rot((int) (lsn - file.startLsn), bit);
      }
    }
  }
}
