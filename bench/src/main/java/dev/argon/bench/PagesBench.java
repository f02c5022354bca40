package dev.argon.bench;

import dev.argon.cli.CliException;
import dev.argon.cli.api.ControlPlaneClient;
import dev.argon.cli.api.Workspace;
import dev.argon.cli.stack.ProcessPlan;
import dev.argon.cli.stack.ProcessUser;
import dev.argon.cli.stack.StackDirectory;
import dev.argon.cli.stack.StackFile;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A sequential scan and single reads of pages that are not on the local disk, and beside them what
/// the pageserver gives to a client that throws the pages away.
final class PagesBench {

  private static final double MICROS = 1e6;

  /// At least so many blocks has the table for each scale.
  private static final int BLOCKS_OF_SCALE = 1600;

  /// Blocks lie so far apart that nothing looks like sequential reading.
  private static final int STRIDE = 7;

  private static final String FUNCTIONS =
      """
      create function timed_scan() returns float8 language plpgsql
        set max_parallel_workers_per_gather = 0 as $$
      declare
        begun timestamptz := clock_timestamp();
      begin
        perform count(*) from pgbench_accounts;
        return extract(epoch from clock_timestamp() - begun);
      end $$;
      create function timed_singles(blocks int[]) returns float8 language plpgsql as $$
      declare
        begun timestamptz;
        times float8[] := '{}';
        block int;
      begin
        foreach block in array blocks loop
          begun := clock_timestamp();
          perform 1 from pgbench_accounts where ctid = format('(%s,1)', block)::tid;
          times := times || extract(epoch from clock_timestamp() - begun)::float8;
        end loop;
        return (select percentile_cont(0.5) within group (order by t) from unnest(times) t);
      end $$;
      """;

  /// What a warm compute has read before each measurement.
  private static final String OTHER_PAGES =
      """
      set max_parallel_workers_per_gather = 0;
      select count(*) from other_accounts\
      """;

  private static final int OTHER_SINGLES = 8000;

  /// @param window `neon.readahead_buffer_size`
  /// @param singles how many single pages are read
  /// @param warm whether the compute reads other pages first, so that its code is compiled, as the
  ///   pageserver's and the bench's own is
  record Options(int scale, int delayMillis, int window, int singles, int pairs, boolean warm) {
    Options {
      if (scale < 1 || delayMillis < 1 || window < 1 || singles < 1 || pairs < 1) {
        throw new IllegalArgumentException(
            "--scale, --delay, --window, --singles, --pairs: at least 1");
      }
      if (warm && (long) scale * BLOCKS_OF_SCALE < singles + OTHER_SINGLES) {
        throw new IllegalArgumentException(
            "--warm: reads " + OTHER_SINGLES + " other pages, which takes a larger --scale");
      }
    }
  }

  private final Options options;
  private final String launcher;
  private final Path postgresBin;
  private final Consumer<String> progress;

  PagesBench(Options options, String launcher, Path postgresBin, Consumer<String> progress) {
    this.options = options;
    this.launcher = launcher;
    this.postgresBin = postgresBin;
    this.progress = progress;
  }

  /// The stack's pageserver.
  private record Pageserver(
      ControlPlaneClient controlPlane,
      ProcessPlan plan,
      TenantId tenant,
      TimelineId timeline,
      RelFileNode accounts,
      int blocks) {

    /// Computes that start from now on ask there.
    void showAt(HostPort address) throws IOException, ApiProblem {
      controlPlane.registerNode(plan.kind().wireName(), plan.nodeId(), address, plan.http());
    }

    DirectPages connect(Lsn lsn) throws IOException, PgErrorException {
      return new DirectPages(plan.pg(), tenant, timeline, accounts, lsn);
    }
  }

  PagesReport run()
      throws IOException,
          InterruptedException,
          BenchException,
          ApiProblem,
          CliException,
          PgErrorException,
          CorruptDataException {
    Map<String, String> settings = new HashMap<>(Settings.standard("128MB").values());
    settings.put("neon.readahead_buffer_size", Integer.toString(options.window()));
    try (RunDirectory own = new RunDirectory(Trees.temporary(ProcessUser.current()), progress)) {
      Path directory = own.path();
      progress.accept("making an Argon stack in " + directory);
      try (ArgonSide argon =
          new ArgonSide(launcher, directory, Bench.freePorts(), new Settings(settings))) {
        Program.run(
            List.of("pgbench", "-i", "-q", "-s", Integer.toString(options.scale())),
            argon.environment());
        Program.sql(argon, FUNCTIONS);
        if (options.warm()) {
          Program.sql(argon, "create table other_accounts as table pgbench_accounts");
          // so that reading it changes nothing
          Program.sql(argon, "vacuum (freeze) other_accounts");
        }
        Pageserver pageserver = find(directory.resolve("argon"), argon);
        try (DelayProxy proxy =
            new DelayProxy(
                pageserver.plan().pg(), TimeUnit.MILLISECONDS.toNanos(options.delayMillis()))) {
          List<PagesReport.Round> rounds = new ArrayList<>();
          progress.accept("warming up: " + round(argon, pageserver, proxy, 0));
          for (int i = 0; i < options.pairs(); i++) {
            PagesReport.Round round = round(argon, pageserver, proxy, i);
            progress.accept("round %d: %s".formatted(i + 1, round));
            rounds.add(round);
          }
          return own.succeeded(PagesReport.of(options, rounds, Bench.machine(postgresBin)));
        } finally {
          pageserver.showAt(pageserver.plan().pg());
        }
      }
    }
  }

  private static Pageserver find(Path data, Side argon)
      throws IOException, InterruptedException, BenchException, ApiProblem, CliException {
    StackFile stack = StackDirectory.of(data).require();
    ProcessPlan plan =
        ProcessPlan.all(stack).stream()
            .filter(each -> each.kind() == ProcessPlan.Kind.PAGESERVER)
            .findFirst()
            .orElseThrow();
    ControlPlaneClient controlPlane =
        new ControlPlaneClient(new HostPort(Bench.HOST, stack.portBase()));
    Workspace workspace = Workspace.open(controlPlane);
    String[] facts =
        Program.sql(
                argon,
                "select d.oid || ' ' || pg_relation_filenode('pgbench_accounts') || ' '"
                    + " || pg_relation_size('pgbench_accounts') / 8192"
                    + " from pg_database d where datname = current_database()")
            .split(" ", -1);
    return new Pageserver(
        controlPlane,
        plan,
        TenantId.parse(workspace.project().tenantId()),
        TimelineId.parse(workspace.defaultBranch().timelineId()),
        new RelFileNode(
            RelFileNode.DEFAULT_TABLESPACE,
            Integer.parseUnsignedInt(facts[0]),
            Integer.parseUnsignedInt(facts[1])),
        Integer.parseInt(facts[2]));
  }

  /// What comes second may find its pages in the pageserver's cache, so the order changes.
  private PagesReport.Round round(
      ArgonSide argon, Pageserver pageserver, DelayProxy proxy, int number)
      throws IOException,
          InterruptedException,
          BenchException,
          ApiProblem,
          PgErrorException,
          CorruptDataException {
    pageserver.showAt(pageserver.plan().pg());
    restart(argon);
    Lsn lsn = Lsn.parse(Program.sql(argon, "select pg_current_wal_flush_lsn()"));
    boolean directFirst = number % 2 == 0;
    double direct = directFirst ? direct(pageserver, lsn) : 0;
    double scan = scan(argon, pageserver);
    direct = directFirst ? direct : direct(pageserver, lsn);

    int[] blocks = blocks(pageserver, 0, options.singles());
    restart(argon);
    if (options.warm()) {
      singles(argon, blocks(pageserver, options.singles(), OTHER_SINGLES));
    }
    double directSingle = directFirst ? directSingle(pageserver, lsn, blocks) : 0;
    double single = singles(argon, blocks);
    single -= singles(argon, blocks);
    directSingle = directFirst ? directSingle : directSingle(pageserver, lsn, blocks);

    pageserver.showAt(proxy.address());
    restart(argon);
    double delayed = scan(argon, pageserver);
    return new PagesReport.Round(direct, scan, delayed, directSingle, single);
  }

  /// Empties buffers and local cache. The compute's JVM has just started then, or, if it shall be
  /// warm, has read other pages.
  private void restart(ArgonSide argon) throws IOException, InterruptedException, BenchException {
    argon.restart();
    if (options.warm()) {
      Program.sql(argon, OTHER_PAGES);
    }
  }

  /// No block twice, whatever the number, as long as the table has so many.
  private static int[] blocks(Pageserver pageserver, int first, int count) {
    int[] blocks = new int[count];
    for (int i = 0; i < count; i++) {
      blocks[i] = (int) ((first + i + 1L) * STRIDE % pageserver.blocks());
    }
    return blocks;
  }

  private double direct(Pageserver pageserver, Lsn lsn)
      throws IOException, PgErrorException, CorruptDataException, BenchException {
    try (DirectPages pages = pageserver.connect(lsn)) {
      return pages.scan(pageserver.blocks(), options.window());
    }
  }

  private static double directSingle(Pageserver pageserver, Lsn lsn, int[] blocks)
      throws IOException, PgErrorException, CorruptDataException, BenchException {
    try (DirectPages pages = pageserver.connect(lsn)) {
      return Report.median(pages.single(blocks));
    }
  }

  private static double scan(Side argon, Pageserver pageserver)
      throws IOException, InterruptedException, BenchException {
    return pageserver.blocks() / Double.parseDouble(Program.sql(argon, "select timed_scan()"));
  }

  /// @return microseconds
  private static double singles(Side argon, int[] blocks)
      throws IOException, InterruptedException, BenchException {
    StringBuilder list = new StringBuilder();
    for (int block : blocks) {
      list.append(list.isEmpty() ? "" : ",").append(block);
    }
    return MICROS
        * Double.parseDouble(Program.sql(argon, "select timed_singles('{" + list + "}')"));
  }
}
