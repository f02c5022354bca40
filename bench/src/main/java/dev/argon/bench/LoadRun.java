package dev.argon.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Runs one load on one side and measures it. The scale is pgbench's: 100,000 accounts each; for
/// COPY as many rows.
final class LoadRun {

  private static final Pattern TPS = Pattern.compile("tps = ([0-9.]+)");
  private static final int ROWS_PER_SCALE = 100_000;
  private static final double MEGABYTE = 1e6;
  private static final double SECOND_NANOS = 1e9;

  private static final Pattern TRANSACTIONS =
      Pattern.compile("number of transactions actually processed: (\\d+)");

  /// Of a line in pgbench's transaction log: client, number, latency in us, ...
  private static final int LATENCY_FIELD = 2;

  private static final double TAIL = 0.99;

  private final Load load;
  private final int scale;
  private final int clients;
  private final int seconds;
  private final List<String> pinned;
  private final Path directory;
  private final Path copyFile;

  LoadRun(Load load, BenchOptions options, Path directory) {
    this.load = load;
    scale = options.scale();
    clients = options.clients();
    seconds = options.seconds();
    pinned =
        options
            .pinning()
            .map(pinning -> List.of("taskset", "-c", pinning.client()))
            .orElse(List.of());
    this.directory = directory;
    copyFile = directory.resolve("copy.txt");
  }

  /// Makes what the load works on.
  void prepare(Side side) throws IOException, InterruptedException, BenchException {
    switch (load) {
      case TPCB, SELECT, SEQSCAN -> {
        Program.run(
            List.of("pgbench", "-i", "-q", "-s", Integer.toString(scale)), side.environment());
        Program.sql(side, "checkpoint");
        if (load == Load.SELECT) {
          // What fits into the buffers is there from the beginning.
          Program.sql(
              side,
              "create extension pg_prewarm; select sum(pg_prewarm(c)) from"
                  + " unnest(array['pgbench_accounts'::regclass, 'pgbench_accounts_pkey']) c");
        }
      }
      case COMMIT -> Program.sql(side, "create table commits (client int, at timestamptz)");
      case COPY -> {
        if (!Files.exists(copyFile)) {
          writeCopyFile();
        }
      }
    }
  }

  private void writeCopyFile() throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(copyFile, StandardCharsets.US_ASCII)) {
      for (long row = 0; row < (long) scale * ROWS_PER_SCALE; row++) {
        out.write(row + "\t" + Long.toHexString(row * 0x9E3779B97F4A7C15L) + "\tsome more text\n");
      }
    }
  }

  Figure run(Side side) throws IOException, InterruptedException, BenchException {
    return switch (load) {
      case TPCB -> pgbench(side, List.of("-b", "tpcb-like"));
      case SELECT -> pgbench(side, List.of("-b", "select-only"));
      case COMMIT -> commit(side);
      case COPY -> Figure.of(copy(side));
      case SEQSCAN -> Figure.of(seqscan(side));
    };
  }

  private Figure commit(Side side) throws IOException, InterruptedException, BenchException {
    Path script = directory.resolve("commit.sql");
    Files.writeString(script, "insert into commits values (:client_id, now());\n");
    Path log = directory.resolve("latencies");
    Figure rate =
        pgbench(side, List.of("-f", script.toString(), "-l", "--log-prefix=" + log.toString()));
    List<Double> latencies = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (String.valueOf(file.getFileName()).startsWith("latencies")) {
          for (String line : Files.readAllLines(file)) {
            latencies.add(Double.parseDouble(line.split(" ", -1)[LATENCY_FIELD]));
          }
          Files.delete(file);
        }
      }
    }
    if (latencies.isEmpty()) {
      throw new BenchException("pgbench has logged no transaction");
    }
    latencies.sort(null);
    double tail = latencies.get((int) (latencies.size() * TAIL));
    return new Figure(Report.median(latencies), rate.transactions(), tail);
  }

  private Figure pgbench(Side side, List<String> script)
      throws IOException, InterruptedException, BenchException {
    List<String> command = new ArrayList<>(pinned);
    command.addAll(List.of("pgbench", "-n", "-M", "prepared"));
    command.addAll(script);
    command.addAll(
        List.of(
            "-c",
            Integer.toString(clients),
            "-j",
            Integer.toString(Math.min(clients, Runtime.getRuntime().availableProcessors())),
            "-T",
            Integer.toString(seconds)));
    String output = Program.run(command, side.environment());
    Matcher tps = TPS.matcher(output);
    Matcher transactions = TRANSACTIONS.matcher(output);
    if (!tps.find() || !transactions.find() || output.contains("aborted")) {
      throw new BenchException("pgbench on " + side.name() + ": " + output.strip());
    }
    return new Figure(Double.parseDouble(tps.group(1)), Long.parseLong(transactions.group(1)), 0);
  }

  private double copy(Side side) throws IOException, InterruptedException, BenchException {
    Program.sql(side, "drop table if exists copied");
    Program.sql(side, "create table copied (id bigint, hash text, filler text)");
    long begin = System.nanoTime();
    Program.run(
        List.of("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", "copy copied from stdin"),
        side.environment(),
        copyFile);
    double elapsed = (System.nanoTime() - begin) / SECOND_NANOS;
    return Files.size(copyFile) / MEGABYTE / elapsed;
  }

  private double seqscan(Side side) throws IOException, InterruptedException, BenchException {
    side.restart();
    long bytes = Long.parseLong(Program.sql(side, "select pg_relation_size('pgbench_accounts')"));
    long begin = System.nanoTime();
    String count = Program.sql(side, "select count(*) from pgbench_accounts");
    double elapsed = (System.nanoTime() - begin) / SECOND_NANOS;
    if (Long.parseLong(count) != (long) scale * ROWS_PER_SCALE) {
      throw new BenchException(side.name() + " counted " + count + " accounts");
    }
    return bytes / MEGABYTE / elapsed;
  }
}
