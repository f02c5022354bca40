package dev.argon.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// One process and no other that later gets its number: the pid and the time the kernel started it.
///
/// @param pid the process id
/// @param startTicks when it started, in clock ticks since the machine's boot (`/proc/PID/stat`,
///   field 22, proc(5)); unlike the wall clock's start time it never changes
public record ProcessIdentity(long pid, long startTicks) {

  /// Fields after the command's closing parenthesis in `/proc/PID/stat`: 3 is the state, 22 the
  /// start.
  private static final int STATE_INDEX = 0;

  private static final int START_INDEX = 19;

  /// This process.
  ///
  /// @throws IOException if `/proc` cannot be read
  public static ProcessIdentity current() throws IOException {
    long pid = ProcessHandle.current().pid();
    OptionalLong start = startTicksOf(pid);
    if (start.isEmpty()) {
      throw new IOException("cannot read /proc/" + pid + "/stat");
    }
    return new ProcessIdentity(pid, start.getAsLong());
  }

  /// Whether the process runs; one that ended and was not yet collected by its parent does not.
  public boolean isAlive() {
    OptionalLong start = startTicksOf(pid);
    return start.isPresent() && start.getAsLong() == startTicks;
  }

  /// When the live process with this number started; empty if there is none.
  public static OptionalLong startTicksOf(long pid) {
    String stat;
    try {
      stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return OptionalLong.empty();
    }
    // The command stands in parentheses and may itself hold any character.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    if (fields.length <= START_INDEX
        || fields[STATE_INDEX].equals("Z")
        || fields[STATE_INDEX].equals("X")) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(fields[START_INDEX]));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
