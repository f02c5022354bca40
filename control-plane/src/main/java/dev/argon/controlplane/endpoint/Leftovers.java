package dev.argon.controlplane.endpoint;

import dev.argon.node.ProcessIdentity;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// What is left running of an endpoint: its compute JVM (it has the endpoint's spec on its command
/// line) and its PostgreSQL (its processes' working directory lies in a start's directory). Found
/// in `/proc`, so that also those are found whose parent died before it could write down their pid.
final class Leftovers {

  private static final Logger LOG = System.getLogger(Leftovers.class.getName());

  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(10);

  private final EndpointDirectory directory;

  Leftovers(EndpointDirectory directory) {
    this.directory = directory;
  }

  /// Kills them and waits until they are gone.
  ///
  /// @throws IOException if one does not go
  void kill() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + KILL_TIMEOUT.toNanos();
    for (List<ProcessIdentity> left = find(); !left.isEmpty(); left = find()) {
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "process " + left.getFirst().pid() + " of an earlier start does not end");
      }
      for (ProcessIdentity process : left) {
        LOG.log(
            Level.WARNING,
            "killing process {0}, left over in {1}",
            Long.toString(process.pid()),
            directory.path());
        ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
      }
      Thread.sleep(POLL);
    }
  }

  List<ProcessIdentity> find() throws IOException {
    List<ProcessIdentity> found = new ArrayList<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : (Iterable<Path>) processes::iterator) {
        if (Character.isDigit(process.getFileName().toString().charAt(0)) && isOurs(process)) {
          long pid = Long.parseLong(process.getFileName().toString());
          OptionalLong start = ProcessIdentity.startTicksOf(pid);
          start.ifPresent(ticks -> found.add(new ProcessIdentity(pid, ticks)));
        }
      }
    }
    return found;
  }

  private boolean isOurs(Path process) {
    try {
      String command = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
      if (command.contains("\0--spec\0" + directory.spec())) {
        return true;
      }
      // PostgreSQL's processes rewrite their command line; it always begins with its name.
      return command.contains("postgres")
          && Files.readSymbolicLink(process.resolve("cwd"))
              .toString()
              .startsWith(directory.path() + "/start-");
    } catch (IOException e) {
      // It ended while we looked, or belongs to another user: then it is not ours.
      return false;
    }
  }
}
