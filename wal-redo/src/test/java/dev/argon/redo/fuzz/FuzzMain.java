package dev.argon.redo.fuzz;

import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Fuzzes for a time and goes on after findings: `FuzzMain DIRECTORY MINUTES [SEED]`. The directory
/// has corpora (`*.corpus`) and gets the findings, one file for each place that threw.
public final class FuzzMain {

  private static final long REPORT_NANOS = 60_000_000_000L;
  private static final int EXECUTIONS_PER_LOOK = 10_000;

  private final Path directory;
  private final Fuzzer fuzzer;
  private final Set<String> places = new HashSet<>();
  private final CountDownLatch end = new CountDownLatch(1);

  private FuzzMain(Path directory, Fuzzer fuzzer) {
    this.directory = directory;
    this.fuzzer = fuzzer;
  }

  public static void main(String[] arguments) throws IOException, CorruptDataException {
    Path directory = Path.of(arguments[0]);
    Corpus corpus = new Corpus();
    try (var files = Files.newDirectoryStream(directory, "*.corpus")) {
      for (Path file : files) {
        corpus.addAll(Corpus.load(file));
      }
    }
    long seed = arguments.length > 2 ? Long.parseLong(arguments[2]) : System.nanoTime();
    System.out.printf(
        "%d seeds, %d pieces of WAL, seed %d%n",
        corpus.seeds().size(), corpus.pieces().size(), seed);
    FuzzMain main = new FuzzMain(directory, new Fuzzer(corpus, seed));
    Thread watch =
        Thread.ofPlatform().daemon().name("watch").start(main.watch(Thread.currentThread()));
    main.run(Long.parseLong(arguments[1]) * 60_000_000_000L);
    main.end.countDown();
    watch.interrupt();
  }

  private void run(long nanos) throws IOException {
    long start = System.nanoTime();
    long reported = start;
    long now = start;
    while (now - start < nanos) {
      for (int i = 0; i < EXECUTIONS_PER_LOOK; i++) {
        executeOne();
      }
      now = System.nanoTime();
      if (now - reported > REPORT_NANOS) {
        reported = now;
        report(now - start);
      }
    }
    report(now - start);
  }

  private void report(long nanos) {
    System.out.printf(
        "%s%nfindings %d, %d minutes, %,d executions/s%n",
        fuzzer, places.size(), nanos / 60_000_000_000L, (long) (fuzzer.executions / (nanos / 1e9)));
    System.out.flush();
  }

  @SuppressWarnings("CatchingUnchecked") // whatever comes is what is looked for
  private void executeOne() throws IOException {
    try {
      fuzzer.executeOne();
    } catch (Exception | Error e) {
      fuzzer.startedNanos.set(0);
      StackTraceElement[] trace = e.getStackTrace();
      int own = 0;
      while (own < trace.length - 1 && !trace[own].getClassName().startsWith("dev.argon")) {
        own++;
      }
      String place =
          e.getClass().getSimpleName()
              + "-"
              + trace[own].getFileName()
              + "-"
              + trace[own].getLineNumber();
      if (places.add(place)) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        Files.writeString(
            directory.resolve("finding-" + place + ".txt"), text + fuzzer.lastInput());
        System.out.println("FINDING " + place + ": " + e);
      }
    }
  }

  /// Ends the process with the worker's stack if one execution does not end.
  private Runnable watch(Thread worker) {
    return () -> {
      try {
        while (!end.await(1, TimeUnit.SECONDS)) {
          long started = fuzzer.startedNanos.get();
          if (started != 0 && System.nanoTime() - started > 6 * Fuzzer.NANOS_MAX) {
            System.out.println("FINDING: execution " + fuzzer.executions + " does not end");
            for (StackTraceElement element : worker.getStackTrace()) {
              System.out.println("  at " + element);
            }
            System.out.println(fuzzer.lastInput());
            System.out.flush();
            Runtime.getRuntime().halt(3);
          }
        }
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    };
  }
}
