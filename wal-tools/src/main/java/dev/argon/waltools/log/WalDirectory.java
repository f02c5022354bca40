package dev.argon.waltools.log;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.PostgresVersion;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalPageHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The segment files and history files of a directory. Other files are not looked at.
public final class WalDirectory {

  private static final Pattern SEGMENT =
      Pattern.compile("([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\\.partial)?");
  private static final Pattern HISTORY = Pattern.compile("([0-9A-F]{8})\\.history");
  private static final long HISTORY_SIZE_MAX = 1 << 20;

  /// A segment file.
  ///
  /// @param partial whether it may end anywhere, because it was still being received
  record Segment(int timeline, long number, Path file, boolean partial) {}

  private final Path path;
  private final WalLayout layout;
  private final NavigableMap<Integer, NavigableMap<Long, Segment>> segments = new TreeMap<>();
  private final NavigableMap<Integer, TimelineHistory> histories = new TreeMap<>();

  private WalDirectory(Path path, WalLayout layout) {
    this.path = path;
    this.layout = layout;
  }

  /// Opens a directory of which nothing is known; the first readable segment tells the size of
  /// segments and the cluster.
  ///
  /// @throws CorruptDataException if there is no segment file of a version that is known
  public static WalDirectory open(Path path) throws IOException, CorruptDataException {
    String refusal = "there is none";
    for (Path file : list(path)) {
      if (!SEGMENT.matcher(file.getFileName().toString()).matches()) {
        continue;
      }
      byte[] header = new byte[WalPageHeader.LONG_SIZE];
      if (read(file, 0, header, 0, header.length) < header.length) {
        continue;
      }
      int magic = LittleEndian.unsignedShort(header, 0);
      int segmentSize = LittleEndian.readInt(header, 32);
      boolean isSize =
          Integer.bitCount(segmentSize) == 1 && segmentSize >= 1 << 20 && segmentSize <= 1 << 30;
      if (magic == PostgresVersion.V15.walPageMagic() && isSize) {
        long system = WalPageHeader.systemIdentifier(header, 0);
        return open(path, new WalLayout(PostgresVersion.V15, segmentSize, system));
      }
      refusal =
          "the WAL page magic of %s is %04X, that of PostgreSQL 15 is %04X"
              .formatted(file.getFileName(), magic, PostgresVersion.V15.walPageMagic());
    }
    throw new CorruptDataException("no WAL segment of PostgreSQL 15 in " + path + ": " + refusal);
  }

  /// Opens the directory of a cluster that is known.
  ///
  /// @throws CorruptDataException if a history file is broken
  public static WalDirectory open(Path path, WalLayout layout)
      throws IOException, CorruptDataException {
    WalDirectory directory = new WalDirectory(path, layout);
    for (Path file : list(path)) {
      directory.add(file);
    }
    return directory;
  }

  private static List<Path> list(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private void add(Path file) throws IOException, CorruptDataException {
    String name = file.getFileName().toString();
    Matcher segment = SEGMENT.matcher(name);
    if (segment.matches()) {
      int timeline = Integer.parseUnsignedInt(segment.group(1), 16);
      long perId = 0x1_0000_0000L / layout.segmentSize();
      long number =
          Long.parseLong(segment.group(2), 16) * perId + Long.parseLong(segment.group(3), 16);
      boolean partial = segment.group(4) != null;
      NavigableMap<Long, Segment> ofTimeline =
          segments.computeIfAbsent(timeline, _ -> new TreeMap<>());
      // A whole file wins over what was received of it before.
      if (!partial || !ofTimeline.containsKey(number)) {
        ofTimeline.put(number, new Segment(timeline, number, file, partial));
      }
      return;
    }
    Matcher history = HISTORY.matcher(name);
    if (history.matches()) {
      int timeline = Integer.parseUnsignedInt(history.group(1), 16);
      if (Files.size(file) > HISTORY_SIZE_MAX) {
        throw new CorruptDataException("history file " + file + " is too large");
      }
      histories.put(timeline, TimelineHistory.parse(timeline, Files.readString(file)));
    }
  }

  public Path path() {
    return path;
  }

  public WalLayout layout() {
    return layout;
  }

  /// Where the oldest segment begins, over all timelines; empty if there is no segment.
  public Optional<WalStart> first() {
    return segments.values().stream()
        .map(ofTimeline -> ofTimeline.firstEntry().getValue())
        .min(java.util.Comparator.comparingLong(Segment::number))
        .map(segment -> new WalStart(layout.segmentStart(segment.number()), segment.timeline()));
  }

  /// The beginning of a segment.
  public record WalStart(long lsn, int timeline) {}

  /// The newest timeline that goes on from `timeline` at `lsn` or later, as
  /// `recovery_target_timeline = latest` finds it.
  public TimelineHistory latest(int timeline, long lsn) {
    for (TimelineHistory history : histories.descendingMap().values()) {
      if (history.contains(timeline, lsn)) {
        return history;
      }
    }
    return TimelineHistory.of(timeline);
  }

  /// The history of one timeline; a timeline without a file has no parents.
  public TimelineHistory history(int timeline) {
    TimelineHistory known = histories.get(timeline);
    return known == null ? TimelineHistory.of(timeline) : known;
  }

  /// The file that holds a segment: of the newest timeline to which part of it belongs
  /// (`XLogFileReadAnyTLI`).
  Optional<Segment> segment(long number, TimelineHistory history) {
    for (TimelineHistory.Entry entry : history.entries()) {
      boolean begun = Long.compareUnsigned(layout.segmentNumber(entry.beginLsn()), number) <= 0;
      boolean ended =
          entry.endLsn() != TimelineHistory.OPEN_END
              && Long.compareUnsigned(layout.segmentStart(number), entry.endLsn()) >= 0;
      NavigableMap<Long, Segment> ofTimeline = segments.get(entry.timeline());
      if (begun && !ended && ofTimeline != null && ofTimeline.containsKey(number)) {
        return Optional.ofNullable(ofTimeline.get(number));
      }
    }
    return Optional.empty();
  }

  /// The number of the last segment file of a history's timelines, -1 if there is none.
  long lastNumber(TimelineHistory history) {
    long last = -1;
    for (TimelineHistory.Entry entry : history.entries()) {
      NavigableMap<Long, Segment> ofTimeline = segments.get(entry.timeline());
      if (ofTimeline != null) {
        last = Math.max(last, ofTimeline.lastKey());
      }
    }
    return last;
  }

  /// Reads up to `length` bytes; answers how many there were.
  static int read(Path file, long position, byte[] bytes, int offset, int length)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return read(channel, position, bytes, offset, length);
    }
  }

  static int read(FileChannel channel, long position, byte[] bytes, int offset, int length)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
    while (buffer.hasRemaining()) {
      int count = channel.read(buffer, position + buffer.position() - offset);
      if (count < 0) {
        break;
      }
    }
    return buffer.position() - offset;
  }
}
