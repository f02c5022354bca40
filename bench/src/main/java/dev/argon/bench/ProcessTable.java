package dev.argon.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Looks into `/proc`: which processes belong to a side, and how much time they have had.
final class ProcessTable {

  private static final Path PROC = Path.of("/proc");

  private static final int PARENT_INDEX = 1;

  /// Of `/proc/PID/stat`, counted behind the command's closing parenthesis (proc(5)): utime, stime,
  /// and those of children that have ended, cutime and cstime.
  private static final int USER_TIME_INDEX = 11;

  private static final int TIMES = 4;

  /// A clock tick of `/proc` is a hundredth of a second on Linux.
  private static final long TICK_MICROS = 10_000;

  private static final Pattern SESSION = Pattern.compile("^postgres: .* [0-9.]+\\([0-9]+\\) ");
  private static final long SESSIONS_END_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long POLL_MILLIS = 5;

  private ProcessTable() {}

  /// PostgreSQL's processes: they work in their data directory.
  ///
  /// @param directory the data directory, or one around it
  static List<Long> servers(Path directory) throws IOException {
    return find(process ->
        Files.readSymbolicLink(process.resolve("exe")).endsWith("postgres")
            && Files.readSymbolicLink(process.resolve("cwd")).startsWith(directory));
  }

  /// Processes that have a word on their command line.
  static List<Long> withArgument(String argument) throws IOException {
    return find(process -> ("\0" + commandLine(process)).contains("\0" + argument + "\0"));
  }

  /// Waits until the server has no session over TCP any more that was not there before: a client
  /// does not wait for its backend's end. The time of one that has ended is its parent's only after
  /// the parent has asked for it.
  ///
  /// @param before what there was before the clients came
  static void awaitEndOfSessions(Side side, SideProcesses before)
      throws IOException, InterruptedException, BenchException {
    long begin = System.nanoTime();
    while (true) {
      List<Long> sessions =
          side.processes().server().stream()
              .filter(pid -> !before.server().contains(pid) && isSession(pid))
              .toList();
      if (sessions.isEmpty() && endingChildren(before.server()).isEmpty()) {
        return;
      }
      if (System.nanoTime() - begin > SESSIONS_END_NANOS) {
        throw new BenchException("backends that do not end on " + side.name() + ": " + sessions);
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  /// A backend's title (ps_status.c) says which address and port its client has.
  private static boolean isSession(long pid) {
    try {
      return SESSION.matcher(commandLine(PROC.resolve(Long.toString(pid)))).find();
    } catch (IOException e) {
      return false; // it ended while we looked
    }
  }

  /// Children that have ended, or are about to: their program is gone already, and they are not.
  static List<Long> endingChildren(List<Long> parents) throws IOException {
    return find(process -> {
      long parent = Long.parseLong(stat(process)[PARENT_INDEX]);
      return parents.contains(parent) && !Files.exists(process.resolve("exe"));
    });
  }

  private interface Test {
    boolean of(Path process) throws IOException;
  }

  private static List<Long> find(Test test) throws IOException {
    Predicate<Path> holds =
        process -> {
          try {
            return test.of(process);
          } catch (IOException e) {
            return false; // it ended while we looked, or is none of ours
          }
        };
    try (Stream<Path> entries = Files.list(PROC)) {
      return entries
          .filter(entry -> entry.getFileName().toString().matches("[0-9]+"))
          .filter(holds)
          .map(entry -> Long.parseLong(entry.getFileName().toString()))
          .toList();
    }
  }

  private static String commandLine(Path process) throws IOException {
    return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
  }

  /// Processor time of a process, user and system, with that of its children which have ended; 0
  /// for one that is gone.
  static long cpuMicros(long pid) throws IOException {
    String[] fields;
    try {
      fields = stat(PROC.resolve(Long.toString(pid)));
    } catch (NoSuchFileException e) {
      return 0;
    }
    long ticks = 0;
    for (int i = USER_TIME_INDEX; i < USER_TIME_INDEX + TIMES; i++) {
      ticks += Long.parseLong(fields[i]);
    }
    return ticks * TICK_MICROS;
  }

  /// `/proc/PID/stat` behind the command's closing parenthesis.
  private static String[] stat(Path process) throws IOException {
    String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
    return stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
  }

  /// The sum over all.
  static long cpuMicros(SideProcesses processes) throws IOException {
    List<Long> all = new ArrayList<>(processes.server());
    all.addAll(processes.others());
    long sum = 0;
    for (long pid : all) {
      sum += cpuMicros(pid);
    }
    return sum;
  }
}
