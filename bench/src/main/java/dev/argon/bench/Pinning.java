package dev.argon.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/// On which processors the parts of a side run, each as `taskset -c` takes it.
///
/// @param client pgbench
/// @param server PostgreSQL's processes
/// @param others what keeps its WAL
record Pinning(String client, String server, String others) {

  private static final String LIST = "[0-9]+(?:[-,][0-9]+)*";

  /// @param text three lists of processors, as in `0:0:1`
  static Pinning parse(String text) throws BenchException {
    String[] parts = text.split(":", -1);
    if (parts.length != 3 || !List.of(parts).stream().allMatch(part -> part.matches(LIST))) {
      throw new BenchException(
          "--pin " + text + ": three lists of processors (client:server:others), as in 0:0:1");
    }
    return new Pinning(parts[0], parts[1], parts[2]);
  }

  /// Moves the processes that run; those they start later stay with them.
  void apply(SideProcesses processes) throws IOException, InterruptedException {
    pin(processes.server(), server);
    pin(processes.others(), others);
  }

  private static void pin(List<Long> pids, String processors)
      throws IOException, InterruptedException {
    for (long pid : pids) {
      try {
        String _ =
            Program.run(
                List.of("taskset", "-a", "-c", "-p", processors, Long.toString(pid)), Map.of());
      } catch (BenchException e) {
        // It has ended since we looked: PostgreSQL's workers come and go. What matters is that
        // those who start them are pinned, and they would be missing in the figures.
        if (ProcessHandle.of(pid).isPresent()) {
          throw new IOException("cannot pin process " + pid + ": " + e.getMessage(), e);
        }
      }
    }
  }

  @Override
  public String toString() {
    return client + ":" + server + ":" + others;
  }
}
