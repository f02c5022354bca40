package dev.argon.bench;

import dev.argon.cli.stack.ProcessUser;
import dev.argon.node.HostPort;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// One run: makes both sides, measures them in turns, and takes both away again.
final class Bench {

  static final String HOST = "127.0.0.1";
  private static final int PORT_FIRST = 20000;
  private static final int PORT_LAST = 32000;
  private static final int PORTS = 60;

  private final BenchOptions options;
  private final String launcher;
  private final Path postgresBin;
  private final Consumer<String> progress;

  Bench(BenchOptions options, String launcher, Path postgresBin, Consumer<String> progress) {
    this.options = options;
    this.launcher = launcher;
    this.postgresBin = postgresBin;
    this.progress = progress;
  }

  Report run(Load load) throws IOException, InterruptedException, BenchException {
    ProcessUser user = ProcessUser.current();
    Settings settings = Settings.standard(options.sharedBuffers());
    int port = freePorts();
    try (RunDirectory own = new RunDirectory(Trees.temporary(user), progress)) {
      Path directory = own.path();
      progress.accept("making a stock cluster and an Argon stack in " + directory);
      try (StockSide stock =
              new StockSide(
                  postgresBin,
                  directory,
                  new HostPort(HOST, port),
                  settings,
                  user,
                  options.against() == Against.RECEIVERS);
          ArgonSide argon = new ArgonSide(launcher, directory, port + 1, settings)) {
        LoadRun run = new LoadRun(load, options, directory);
        for (Side side : List.of(stock, argon)) {
          progress.accept("filling " + side.name());
          run.prepare(side);
        }
        for (Side side : List.of(stock, argon)) {
          progress.accept(
              "warming up %s: %.1f %s"
                  .formatted(side.name(), measure(run, side).figure().value(), load.unit()));
        }
        return own.succeeded(measure(load, run, stock, argon));
      }
    }
  }

  /// What comes first meets cold buffers, and on Argon code that is not compiled yet: each side
  /// runs once unmeasured before. The order changes from pair to pair: what comes second finds a
  /// warmer machine.
  private Report measure(Load load, LoadRun run, Side stock, Side argon)
      throws IOException, InterruptedException, BenchException {
    List<Measurement> ofStock = new ArrayList<>();
    List<Measurement> ofArgon = new ArrayList<>();
    for (int pair = 0; pair < options.pairs(); pair++) {
      List<Side> order = pair % 2 == 0 ? List.of(stock, argon) : List.of(argon, stock);
      for (Side side : order) {
        Measurement measured = measure(run, side);
        progress.accept(
            "pair %d: %s %.1f %s, %.0f us of CPU a transaction"
                .formatted(
                    pair + 1,
                    side.name(),
                    measured.figure().value(),
                    load.unit(),
                    measured.cpuMicros()));
        (side.equals(stock) ? ofStock : ofArgon).add(measured);
      }
    }
    return Report.of(load, options, ofStock, ofArgon, machine(postgresBin));
  }

  private Measurement measure(LoadRun run, Side side)
      throws IOException, InterruptedException, BenchException {
    if (options.pinning().isPresent()) {
      options.pinning().get().apply(side.processes());
    }
    long pagesBefore = side.requestedPages();
    SideProcesses first = side.processes();
    long before = ProcessTable.cpuMicros(first);
    Figure figure = run.run(side);
    // What a backend has used is its postmaster's once it has been waited for.
    ProcessTable.awaitEndOfSessions(side, first);
    long cpu = ProcessTable.cpuMicros(side.processes()) - before;
    return Measurement.of(figure, cpu, side.requestedPages() - pagesBefore);
  }

  /// What a figure needs beside it.
  static String machine(Path postgresBin) throws IOException, InterruptedException, BenchException {
    String memory = Files.readAllLines(Path.of("/proc/meminfo")).getFirst().replaceAll("\\s+", " ");
    String server =
        Program.run(List.of(postgresBin.resolve("postgres").toString(), "--version"), Map.of());
    return Runtime.getRuntime().availableProcessors()
        + " processors, "
        + memory
        + ", Linux "
        + System.getProperty("os.version")
        + ", "
        + server.strip()
        + ", Java "
        + Runtime.version();
  }

  static int freePorts() throws BenchException {
    for (int base = PORT_FIRST; base < PORT_LAST; base += PORTS) {
      boolean free = true;
      for (int port = base; port < base + PORTS && free; port++) {
        free = isFree(port);
      }
      if (free) {
        return base;
      }
    }
    throw new BenchException("no " + PORTS + " free ports in a row");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new HostPort(HOST, port).toSocketAddress());
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
