package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.argon.it.check.Amcheck;
import dev.argon.it.check.Ledger;
import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PendingStatement;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.StackProcess;
import dev.argon.it.stack.TestForm;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// A full disk under safekeepers or pageserver: writers wait with a reason in `status`, nothing
/// that was acknowledged is lost, and with room again everything goes on. Needs root, for small
/// file systems of its own; part of the long form.
@EnabledIfSystemProperty(named = "argon.long", matches = "true")
class DiskFullIT {

  private static final Duration LIMIT = Duration.ofMinutes(1);

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void fullDiskUnderSafekeepersStallsWritersWithAReason() throws SQLException {
    fill(List.of("safekeeper-1", "safekeeper-2", "safekeeper-3"), "safekeeper", 100);
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void fullDiskUnderThePageserverLosesNothing() throws SQLException {
    fill(List.of("pageserver"), "pageserver", 60);
  }

  private static void fill(List<String> names, String kind, int megabytes) throws SQLException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount");
    try (Stack stack = new Stack("full")) {
      stack.up();
      stack.set("max_wal_size=64MB", "min_wal_size=32MB");
      ConnectionSource source = stack.source();
      try (Ledger ledger = new Ledger(source, 3, TestForm.seed("DiskFullIT"), 10)) {
        ledger.createTables();
        source.execute("create table ballast (id int, filler text)");
        stack.downAndNothingIsLeft();
        for (String name : names) {
          mountOver(stack, stack.data().resolve(name), megabytes);
        }
        stack.up();
        ledger.start();
        ledger.awaitProgress(5, LIMIT);
        ledger.stop();

        // incompressible, and more than fits
        PendingStatement large =
            PendingStatement.send(
                "ballast",
                source,
                "",
                "insert into ballast select g, (select string_agg(md5(random()::text || g || i),"
                    + " '') from generate_series(1, 30) i) from generate_series(1, "
                    + megabytes * 2_500
                    + ") g");
        Awaitility.await("status says that the disk is full")
            .atMost(Duration.ofMinutes(2))
            .pollInterval(1, TimeUnit.SECONDS)
            .until(
                () -> stack.processes(kind).stream().anyMatch(DiskFullIT::saysThatTheDiskIsFull));
        ledger.start();
        for (String name : names) {
          Path path = stack.data().resolve(name);
          Command.of("mount", "-o", "remount,size=2g", path.toString()).run(LIMIT).ok();
        }

        stack.up();
        ledger.awaitProgress(5, Duration.ofMinutes(2));
        ledger.stop();
        Awaitility.await("the large statement ends")
            .atMost(Duration.ofMinutes(2))
            .until(large::isAnswered);
        ledger.verify();
        if (large.isAcknowledged()) {
          assertThat(source.number("select count(*) from ballast")).isEqualTo(megabytes * 2_500L);
        }
        Amcheck.verify(source);
        large.close();
      }
    }
  }

  private static boolean saysThatTheDiskIsFull(StackProcess process) {
    String reasons = process.reasons().toString().toLowerCase(java.util.Locale.ROOT);
    return !process.health().equals("ok")
        && (reasons.contains("full") || reasons.contains("space") || reasons.contains("disk"));
  }

  /// Puts a small file system in the place of a directory, with what is in it.
  private static void mountOver(Stack stack, Path directory, int megabytes) {
    Path aside = directory.resolveSibling(directory.getFileName() + ".aside");
    Command.of("mv", directory.toString(), aside.toString()).run(LIMIT).ok();
    Command.of("mkdir", directory.toString()).run(LIMIT).ok();
    Command.of(
            "mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "none", directory.toString())
        .run(LIMIT)
        .ok();
    stack.beforeDeletion(
        () -> Command.of("umount", "--lazy", directory.toString()).run(LIMIT).ok());
    Command.of("cp", "-a", "--sparse=always", aside + "/.", directory.toString()).run(LIMIT).ok();
    Command.of("chown", "--reference=" + aside, directory.toString()).run(LIMIT).ok();
    Command.of("chmod", "--reference=" + aside, directory.toString()).run(LIMIT).ok();
    Command.of("rm", "-rf", aside.toString()).run(LIMIT).ok();
  }
}
