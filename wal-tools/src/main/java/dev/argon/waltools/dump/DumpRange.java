package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.waltools.WalToolsException;
import dev.argon.waltools.log.TimelineHistory;
import dev.argon.waltools.log.WalDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which part of which log is to be read.
///
/// @param startLsn the first record begins there or behind it
/// @param endLsn the last record ends there or before it; [#OPEN_END] for all there is
/// @param startSaysSo whether `startLsn` is the user's own and not the beginning of a file
record DumpRange(
    WalDirectory directory,
    TimelineHistory history,
    long startLsn,
    long endLsn,
    boolean startSaysSo) {

  static final long OPEN_END = -1L;

  private static final Pattern SEGMENT =
      Pattern.compile("([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\\.partial)?");

  /// Finds out what a path and the options mean.
  ///
  /// @param path a segment file, a directory of them, or a data directory
  /// @param start 0 if it was not said
  /// @param end 0 if it was not said
  static DumpRange of(Path path, long start, long end, OptionalInt timeline)
      throws IOException, CorruptDataException, WalToolsException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (!Files.isDirectory(path)) {
      return ofFile(path, start, end);
    }
    Path inner = path.resolve("pg_wal");
    WalDirectory directory = WalDirectory.open(Files.isDirectory(inner) ? inner : path);
    WalDirectory.WalStart first =
        directory
            .first()
            .orElseThrow(() -> new CorruptDataException("no WAL segment in " + directory.path()));
    TimelineHistory history =
        timeline.isPresent()
            ? directory.history(timeline.getAsInt())
            : directory.latest(first.timeline(), first.lsn());
    return new DumpRange(
        directory,
        history,
        start == 0 ? first.lsn() : start,
        end == 0 ? OPEN_END : end,
        start != 0);
  }

  private static DumpRange ofFile(Path path, long start, long end)
      throws IOException, CorruptDataException, WalToolsException {
    Path name = path.toAbsolutePath().getFileName();
    Matcher matcher = SEGMENT.matcher(String.valueOf(name));
    if (!matcher.matches()) {
      throw new WalToolsException(
          path + " is not named as a WAL segment file (like 000000010000000000000001)");
    }
    Path parent = path.toAbsolutePath().getParent();
    WalDirectory directory = WalDirectory.open(parent == null ? Path.of("/") : parent);
    WalLayout layout = directory.layout();
    long perId = 0x1_0000_0000L / layout.segmentSize();
    long number =
        Long.parseLong(matcher.group(2), 16) * perId + Long.parseLong(matcher.group(3), 16);
    long fileStart = layout.segmentStart(number);
    long fileEnd = layout.segmentStart(number + 1);
    requireInside("--start", start, fileStart, fileEnd, path);
    requireInside("--end", end, fileStart, fileEnd, path);
    int timeline = Integer.parseUnsignedInt(matcher.group(1), 16);
    return new DumpRange(
        directory,
        directory.history(timeline),
        start == 0 ? fileStart : start,
        end == 0 ? fileEnd : end,
        start != 0);
  }

  private static void requireInside(String option, long lsn, long start, long end, Path path)
      throws WalToolsException {
    boolean inside = Long.compareUnsigned(lsn, start) >= 0 && Long.compareUnsigned(lsn, end) <= 0;
    if (lsn != 0 && !inside) {
      throw new WalToolsException(
          option + " " + Lsn.toString(lsn) + " is not inside " + path.getFileName());
    }
  }

  /// Where reading has to begin: the start of the page.
  long pageLsn() {
    return WalLayout.pageStart(startLsn);
  }

  /// Whether nothing but a file's name says where to begin, so that nobody expects a record there.
  boolean startsWithFile() {
    return !startSaysSo || directory.layout().segmentOffset(startLsn) == 0;
  }

  /// Whether a record lies inside. What aligns its end need not.
  boolean holds(long recordEndLsn, int recordLength) {
    long padding = WalLayout.alignUp(recordLength) - recordLength;
    return endLsn == OPEN_END || Long.compareUnsigned(recordEndLsn - padding, endLsn) <= 0;
  }
}
