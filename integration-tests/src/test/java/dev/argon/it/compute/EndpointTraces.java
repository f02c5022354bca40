package dev.argon.it.compute;

import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// What the starts of an endpoint leave on the machine beside their directory: PostgreSQL's shared
/// memory, which outlives the processes that are killed.
final class EndpointTraces {

  private static final Path SYSTEM_V = Path.of("/proc/sysvipc/shm");
  private static final String POSIX_PREFIX = "/dev/shm/PostgreSQL.";

  /// A postmaster makes its segment when it starts. On a machine that is busy that takes a while,
  /// and the start of a process is known to no better than a second or two.
  private static final long SECONDS_BEFORE = 10;

  private static final long SECONDS_AFTER = 120;

  /// Numbers of processes are given again after 32,768 of them, so the number alone says nothing.
  ///
  /// @param startSecond since 1970
  record Postmaster(long pid, long startSecond) {

    /// @param columns of `/proc/sysvipc/shm`: key, shmid, perms, size, cpid, ..., atime, dtime,
    ///   ctime
    boolean made(List<String> columns) {
      long seconds = Long.parseLong(columns.get(13)) - startSecond;
      return Long.parseLong(columns.get(4)) == pid
          && seconds >= -SECONDS_BEFORE
          && seconds <= SECONDS_AFTER;
    }
  }

  private final Set<Postmaster> postmasters = new HashSet<>();
  private final Set<Path> posixFiles = new HashSet<>();

  /// Notes what the servers that run now have; to be called before they are killed.
  void note(Stack stack) {
    for (RunningProcess process : stack.postmasters()) {
      ProcessHandle.of(process.pid())
          .flatMap(handle -> handle.info().startInstant())
          .ifPresent(
              start -> postmasters.add(new Postmaster(process.pid(), start.getEpochSecond())));
    }
    for (RunningProcess process : RunningProcess.below(stack.data().resolve("endpoints"))) {
      noteMaps(process.pid());
    }
  }

  private void noteMaps(long pid) {
    try (Stream<String> maps = Files.lines(Path.of("/proc/" + pid + "/maps"))) {
      maps.filter(line -> line.contains(POSIX_PREFIX) && !line.endsWith("(deleted)"))
          .forEach(line -> posixFiles.add(Path.of(line.substring(line.indexOf(POSIX_PREFIX)))));
    } catch (IOException | java.io.UncheckedIOException e) {
      // it ended while we looked
      System.out.println("EndpointTraces: " + e.getMessage());
    }
  }

  /// What the servers that run now have is no leftover.
  void forgetRunning(Stack stack) {
    EndpointTraces running = new EndpointTraces();
    running.note(stack);
    postmasters.removeAll(running.postmasters);
    posixFiles.removeAll(running.posixFiles);
  }

  int noted() {
    return posixFiles.size() + postmasters.size();
  }

  /// Segments of System V that a noted postmaster made and that are still there.
  List<String> systemV() {
    try (Stream<String> lines = Files.lines(SYSTEM_V)) {
      return systemV(lines, postmasters);
    } catch (IOException e) {
      throw new AssertionError("cannot read " + SYSTEM_V, e);
    }
  }

  static List<String> systemV(Stream<String> lines, Set<Postmaster> postmasters) {
    return lines
        .skip(1)
        .map(line -> List.of(line.strip().split("\\s+", -1)))
        .filter(columns -> postmasters.stream().anyMatch(postmaster -> postmaster.made(columns)))
        .map(columns -> "id %s of process %s".formatted(columns.get(1), columns.get(4)))
        .toList();
  }

  /// Noted files of POSIX shared memory that are still there.
  List<Path> posix() {
    return posixFiles.stream().filter(Files::exists).sorted().toList();
  }
}
