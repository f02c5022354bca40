package dev.argon.it.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/// A process as `/proc` shows it (proc(5)): enough to kill it, to see that it is gone, and to start
/// the same program again by hand.
public record RunningProcess(
    long pid, List<String> words, Map<String, String> environment, Path directory) {

  /// Empty if there is no such process, or only its remains that nobody has waited for.
  public static Optional<RunningProcess> of(long pid) {
    Path proc = Path.of("/proc", Long.toString(pid));
    try {
      if (isZombie(proc)) {
        return Optional.empty();
      }
      List<String> words = strings(proc.resolve("cmdline"));
      Map<String, String> environment = new LinkedHashMap<>();
      for (String entry : strings(proc.resolve("environ"))) {
        int equals = entry.indexOf('=');
        if (equals > 0) {
          environment.put(entry.substring(0, equals), entry.substring(equals + 1));
        }
      }
      Path directory = Path.of(Files.readSymbolicLink(proc.resolve("cwd")).toString());
      return Optional.of(new RunningProcess(pid, words, environment, directory));
    } catch (IOException e) {
      return Optional.empty(); // ended while we looked
    }
  }

  /// Every process whose command line or working directory lies in `directory`.
  public static List<RunningProcess> below(Path directory) {
    List<RunningProcess> found = new ArrayList<>();
    String text = directory.toString();
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      all.map(path -> path.getFileName().toString())
          .filter(name -> Character.isDigit(name.charAt(0)))
          .map(Long::parseLong)
          .filter(pid -> pid != ProcessHandle.current().pid())
          .forEach(pid ->
              of(pid)
                  .filter(process ->
                      process.directory.startsWith(directory)
                          || process.words.stream().anyMatch(w -> w.contains(text)))
                  .ifPresent(found::add));
    } catch (IOException e) {
      throw new AssertionError("cannot read /proc", e);
    }
    return found;
  }

  /// SIGKILL, and waits until the process is gone.
  public static void kill(long pid) {
    signal(pid, "KILL");
    awaitEnd(pid, Duration.ofSeconds(20));
  }

  /// Sends a signal by its name; nothing happens if the process is gone.
  public static void signal(long pid, String name) {
    Command.of("kill", "-" + name, Long.toString(pid)).run(Duration.ofSeconds(10));
  }

  public static void awaitEnd(long pid, Duration limit) {
    Awaitility.await("end of process " + pid)
        .atMost(limit)
        .pollInterval(5, TimeUnit.MILLISECONDS)
        .until(() -> !isRunning(pid));
  }

  public static boolean isRunning(long pid) {
    Path proc = Path.of("/proc", Long.toString(pid));
    try {
      return Files.exists(proc) && !isZombie(proc);
    } catch (IOException e) {
      return false;
    }
  }

  /// The children of a process, without those that only wait to be reaped.
  public static List<Long> childrenOf(long pid) {
    return ProcessHandle.of(pid)
        .map(handle -> handle.children().map(ProcessHandle::pid).filter(RunningProcess::isRunning))
        .map(Stream::toList)
        .orElse(List.of());
  }

  /// The same program with the same environment and directory, as its owner.
  public Command again() {
    Command command = new Command(words, environment, directory);
    return command.asPostgres();
  }

  private static boolean isZombie(Path proc) throws IOException {
    String stat;
    try {
      stat = Files.readString(proc.resolve("stat"), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return true;
    }
    // the name in parentheses may hold anything; the state is the letter after the last one
    int end = stat.lastIndexOf(')');
    return end < 0 || stat.charAt(end + 2) == 'Z' || stat.charAt(end + 2) == 'X';
  }

  private static List<String> strings(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    return Stream.of(text.split("\0")).filter(word -> !word.isEmpty()).toList();
  }
}
