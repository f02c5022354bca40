package dev.argon.waltools.verify;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.redo.UnsupportedRecordException;
import dev.argon.waltools.WalToolsException;
import dev.argon.waltools.replay.ReplayOptions;
import dev.argon.waltools.replay.ReplayResult;
import dev.argon.waltools.replay.WalReplay;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `argon wal verify`.
@Command(
    name = "verify",
    description = {
      "Replays WAL onto a data directory of PostgreSQL 15, which stays as it is, and compares pages"
          + " with the images that wal_consistency_checking puts into the log."
    })
public final class VerifyCommand implements Callable<Integer> {

  private static final long MEMORY_MAX = 4L << 30;
  private static final int FAILED = 1;

  @Spec @Nullable CommandSpec spec;

  @Option(
      names = "--base",
      required = true,
      paramLabel = "DIR",
      description = "a stopped server's data directory, a base backup, or a crashed server's files")
  Path base = Path.of("");

  @Option(
      names = "--wal",
      required = true,
      paramLabel = "DIR",
      description = "the WAL segments: an archive or a pg_wal")
  Path wal = Path.of("");

  @Option(
      names = "--until",
      paramLabel = "LSN",
      description = "replay only records that end here or before")
  @Nullable String until;

  @Option(
      names = "--timeline",
      paramLabel = "N",
      description = "follow this timeline (default: the newest)")
  @Nullable Integer timeline;

  @Option(names = "--threads", paramLabel = "N", description = "threads that replay (default: 1)")
  int threads = 1;

  @Option(
      names = "--memory",
      paramLabel = "MB",
      description = "memory for pages (default: a third of the machine's, at most 4096)")
  @Nullable Integer memory;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "write the result here, as a data directory a server starts on")
  @Nullable Path out;

  @Option(names = "--no-sync", description = "with --out: do not wait until the disk has it")
  boolean noSync;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      description = "measure the first seconds apart (default: 5)")
  int warmUp = 5;

  @Option(names = "--json", description = "print the report as JSON")
  boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  @Override
  public Integer call() throws WalToolsException, IOException, CorruptDataException {
    CommandSpec self = spec;
    if (self == null) {
      throw new IllegalStateException("a command runs through its parser");
    }
    if (threads < 1 || threads > 64) {
      throw new WalToolsException("--threads is from 1 to 64");
    }
    checkDirectory(base, "--base");
    checkDirectory(wal, "--wal");
    Path target = out;
    Path overlay = target == null ? Files.createTempDirectory("argon-verify") : emptyOut(target);
    try {
      return verify(self.commandLine().getOut(), overlay, target != null);
    } finally {
      if (target == null) {
        delete(overlay);
      }
    }
  }

  private int verify(PrintWriter output, Path overlay, boolean writes)
      throws WalToolsException, IOException, CorruptDataException {
    ReplayOptions options =
        new ReplayOptions(
            base,
            wal,
            until == null ? Long.MAX_VALUE : parseLsn(until),
            threads,
            memoryBytes(),
            timeline == null ? OptionalInt.empty() : OptionalInt.of(timeline),
            overlay,
            warmUp);
    try (WalReplay replay = WalReplay.open(options)) {
      ReplayResult result = replay.run();
      long writeStart = System.nanoTime();
      if (writes && result.isConsistent()) {
        replay.writeTo(overlay, result, !noSync);
      }
      long writeNanos = writes ? System.nanoTime() - writeStart : 0;
      VerifyReport report = new VerifyReport(result, options, writeNanos);
      output.print(json ? report.json() : report.text());
      output.flush();
      if (until != null && Long.compareUnsigned(result.end().lsn(), options.untilLsn()) < 0) {
        checkReached(result, options);
      }
      return result.isGood() ? 0 : FAILED;
    } catch (UnsupportedRecordException e) {
      throw new WalToolsException(String.valueOf(e.getMessage()), e);
    }
  }

  // The log may end before the place that was asked for.
  private static void checkReached(ReplayResult result, ReplayOptions options)
      throws WalToolsException {
    switch (result.end().kind()) {
      case UNTIL -> {
        // A record goes over the place.
      }
      case CLEAN, TORN ->
          throw new WalToolsException(
              "the log does not reach " + Lsn.toString(options.untilLsn()) + ": " + result.end());
    }
  }

  private static long parseLsn(String text) throws WalToolsException {
    try {
      return Lsn.parse(text).value();
    } catch (IllegalArgumentException e) {
      throw new WalToolsException("--until: " + e.getMessage(), e);
    }
  }

  private long memoryBytes() throws WalToolsException {
    Integer given = memory;
    if (given != null) {
      if (given < 8) {
        throw new WalToolsException("--memory is at least 8 MB");
      }
      return (long) given << 20;
    }
    return Math.min(MEMORY_MAX, PhysicalMemory.bytes() / 3);
  }

  private static void checkDirectory(Path path, String option) throws WalToolsException {
    if (!Files.isDirectory(path)) {
      throw new WalToolsException(option + " " + path + " is no directory");
    }
  }

  private static Path emptyOut(Path path) throws WalToolsException, IOException {
    Files.createDirectories(path);
    try (Stream<Path> entries = Files.list(path)) {
      if (entries.findAny().isPresent()) {
        throw new WalToolsException("--out " + path + " is not empty");
      }
    }
    return path;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : all) {
        Files.delete(file);
      }
    }
  }
}
