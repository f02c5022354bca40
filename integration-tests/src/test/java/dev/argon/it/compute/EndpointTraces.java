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

  private final Set<Long> postmasters = new HashSet<>();
  private final Set<Path> posixFiles = new HashSet<>();

  /// Notes what the servers that run now have; to be called before they are killed.
  void note(Stack stack) {
    for (RunningProcess process : stack.postmasters()) {
      postmasters.add(process.pid());
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
      return lines
          .skip(1)
          .map(line -> line.strip().split("\\s+", -1))
          // key shmid perms size cpid ...
          .filter(columns -> postmasters.contains(Long.parseLong(columns[4])))
          .map(columns -> "id %s of process %s".formatted(columns[1], columns[4]))
          .toList();
    } catch (IOException e) {
      throw new AssertionError("cannot read " + SYSTEM_V, e);
    }
  }

  /// Noted files of POSIX shared memory that are still there.
  List<Path> posix() {
    return posixFiles.stream().filter(Files::exists).sorted().toList();
  }
}
