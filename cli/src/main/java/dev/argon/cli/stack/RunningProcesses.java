package dev.argon.cli.stack;

import dev.argon.node.ProcessIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// Every process of a stack that runs, whatever its files say: a JVM of ours has the data directory
/// on its command line, PostgreSQL's processes have their working directory in it.
final class RunningProcesses {

  private final Path data;

  RunningProcesses(Path data) {
    this.data = data;
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
      if (command.contains("\0" + JavaCommand.DATA_PROPERTY + data + "\0")) {
        return true;
      }
      return command.contains("postgres")
          && Files.readSymbolicLink(process.resolve("cwd"))
              .toString()
              .startsWith(data + "/endpoints/");
    } catch (IOException e) {
      // It ended while we looked.
      return false;
    }
  }
}
