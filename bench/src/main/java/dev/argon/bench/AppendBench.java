package dev.argon.bench;

import dev.argon.cli.CliException;
import dev.argon.cli.stack.LoneSafekeeper;
import dev.argon.cli.stack.ProcessUser;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.HttpJsonClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Appends of 128 KiB through one safekeeper, and the same bytes into plain files beside it, in
/// turns. Each run has a timeline and files of its own, all of the same WAL.
final class AppendBench {

  /// @param appends of one run
  /// @param inFlight see [AppendReport]
  record Options(int appends, int inFlight, boolean committing, int pairs) {
    Options {
      if (appends < 1 || inFlight < 1 || pairs < 1) {
        throw new IllegalArgumentException("--appends, --in-flight, --pairs: at least 1");
      }
    }
  }

  private static final Path TEMPORARY = Path.of("/var/tmp");
  private static final TenantId TENANT = TenantId.parse("00000000000000000000000000000001");

  private final Options options;
  private final Path postgresBin;
  private final Consumer<String> progress;
  private int runs;

  AppendBench(Options options, Path postgresBin, Consumer<String> progress) {
    this.options = options;
    this.postgresBin = postgresBin;
    this.progress = progress;
  }

  AppendReport run()
      throws IOException,
          InterruptedException,
          BenchException,
          CliException,
          ApiProblem,
          PgErrorException,
          CorruptDataException {
    ProcessUser user = ProcessUser.current();
    Path directory = Files.createTempDirectory(TEMPORARY, "argon-bench-append");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (RunDirectory own = new RunDirectory(directory, progress)) {
      progress.accept("making the WAL and starting a safekeeper in " + directory);
      AppendWal wal = AppendWal.make(directory.resolve("wal"), options.appends());
      try (LoneSafekeeper safekeeper =
          LoneSafekeeper.start(directory.resolve("argon"), Bench.freePorts(), user)) {
        pair(directory, wal, safekeeper, false);
        List<AppendReport.Pair> pairs = new ArrayList<>();
        for (int i = 0; i < options.pairs(); i++) {
          pairs.add(pair(directory, wal, safekeeper, i % 2 == 1));
          AppendReport soFar =
              AppendReport.of(options, wal.bytes().capacity(), List.of(pairs.getLast()), "");
          progress.accept(
              "pair %d: raw %.0f, growing %.0f, safekeeper %.0f MB/s, %.1f appends an answer"
                  .formatted(
                      i + 1,
                      soFar.raw().getFirst(),
                      soFar.rawGrowing().getFirst(),
                      soFar.safekeeper().getFirst(),
                      soFar.appendsPerAnswer()));
        }
        return own.succeeded(
            AppendReport.of(options, wal.bytes().capacity(), pairs, Bench.machine(postgresBin)));
      }
    }
  }

  private AppendReport.Pair pair(
      Path directory, AppendWal wal, LoneSafekeeper safekeeper, boolean pushFirst)
      throws IOException,
          InterruptedException,
          BenchException,
          ApiProblem,
          PgErrorException,
          CorruptDataException {
    if (pushFirst) {
      Push push = push(safekeeper, wal);
      double raw = raw(RawAppend.SEGMENTS, directory, wal);
      double growing = raw(RawAppend.GROWING, directory, wal);
      return new AppendReport.Pair(raw, growing, push.result(), push.cpuMicros());
    }
    double growing = raw(RawAppend.GROWING, directory, wal);
    double raw = raw(RawAppend.SEGMENTS, directory, wal);
    Push push = push(safekeeper, wal);
    return new AppendReport.Pair(raw, growing, push.result(), push.cpuMicros());
  }

  private static double raw(RawAppend kind, Path directory, AppendWal wal) throws IOException {
    Path own = directory.resolve("raw");
    double seconds = kind.run(own, wal);
    Trees.delete(own);
    return seconds;
  }

  private record Push(PushRun.Result result, long cpuMicros) {}

  private Push push(LoneSafekeeper safekeeper, AppendWal wal)
      throws IOException,
          InterruptedException,
          BenchException,
          ApiProblem,
          PgErrorException,
          CorruptDataException {
    runs++;
    TimelineId timeline = TimelineId.parse("%032x".formatted(runs));
    String path = "/v1/tenant/" + TENANT + "/timeline/" + timeline;
    HttpJsonClient http = new HttpJsonClient(safekeeper.http());
    byte[] _ = http.send("POST", path, createRequest(safekeeper));
    long cpuBefore = ProcessTable.cpuMicros(safekeeper.pid());
    PushRun.Result result =
        new PushRun(TENANT, timeline, wal, options.committing(), options.inFlight())
            .run(safekeeper.pg());
    long cpu = ProcessTable.cpuMicros(safekeeper.pid()) - cpuBefore;
    byte[] _ = http.send("DELETE", path, new byte[0]);
    return new Push(result, cpu);
  }

  private static byte[] createRequest(LoneSafekeeper safekeeper) {
    return """
    {"start_lsn": "%s", "pg_version": %d, "system_id": %d, "wal_seg_size": %d, "generation": %d,
     "members": [{"id": %d, "host": "%s", "pg_port": %d}]}
    """
        .formatted(
            AppendWal.START,
            PushRun.SERVER.pgVersion(),
            PushRun.SERVER.systemId(),
            PushRun.SERVER.walSegmentBytes(),
            PushRun.GENERATION,
            LoneSafekeeper.NODE,
            safekeeper.pg().host(),
            safekeeper.pg().port())
        .getBytes(StandardCharsets.UTF_8);
  }
}
