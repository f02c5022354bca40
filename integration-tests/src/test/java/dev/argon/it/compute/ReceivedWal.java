package dev.argon.it.compute;

import dev.argon.it.process.Command;
import dev.argon.it.process.PostgresPrograms;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.stack.Http;
import dev.argon.it.stack.Json;
import dev.argon.it.stack.Stack;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/// The WAL of a stack's first timeline, as `pg_receivewal` gets it from a safekeeper from now on.
/// `pg_waldump` then reads it from the timeline's first record to the end: every record's checksum,
/// and that its `xl_prev` is where the record before it begins.
final class ReceivedWal implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final String PARTIAL = ".partial";

  private final Stack stack;
  private final Path directory;
  private final Json timeline;
  private final Process receiver;

  private ReceivedWal(Stack stack, Path directory, Json timeline, Command command)
      throws IOException {
    this.stack = stack;
    this.directory = directory;
    this.timeline = timeline;
    this.receiver = command.start();
  }

  /// To be called while the segment in which the timeline begins is its newest one.
  static ReceivedWal from(Stack stack) throws IOException {
    Path directory = Files.createDirectory(stack.workspace().resolve("received"));
    Json timeline =
        Json.parse(Http.send("GET", http(stack) + "/v1/timeline", ""))
            .at("timelines")
            .list()
            .getFirst();
    return new ReceivedWal(stack, directory, timeline, command(stack, directory, timeline));
  }

  private static Command command(Stack stack, Path directory, Json timeline) {
    return Command.of(
        PostgresPrograms.path("pg_receivewal"),
        "--directory=" + directory,
        "--dbname="
            + ("host=127.0.0.1 port=%d user=reader password=%s sslmode=disable"
                    + " options='-c tenant_id=%s -c timeline_id=%s'")
                .formatted(
                    stack.portBase() + 3,
                    stack.storageToken(),
                    timeline.at("tenant_id").text(),
                    timeline.at("timeline_id").text()));
  }

  /// The first safekeeper's.
  private static String http(Stack stack) {
    return "http://127.0.0.1:" + (stack.portBase() + 4);
  }

  Path directory() {
    return directory;
  }

  /// Receives everything that is committed by now, and no more.
  ///
  /// @return the end
  Lsn finish() throws IOException {
    String path =
        "/v1/tenant/%s/timeline/%s"
            .formatted(timeline.at("tenant_id").text(), timeline.at("timeline_id").text());
    Lsn end =
        Lsn.parse(Json.parse(Http.send("GET", http(stack) + path, "")).at("commit_lsn").text());
    close();
    command(stack, directory, timeline).plus("--endpos=" + end).run(LIMIT).ok();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(PARTIAL)).toList()) {
        String name = file.getFileName().toString();
        Files.move(file, directory.resolve(name.substring(0, name.length() - PARTIAL.length())));
      }
    }
    return end;
  }

  /// `pg_waldump` from the timeline's first record on. It ends with 0 only if every record up to
  /// `end` is there, unharmed, and continues the one before.
  Command.Result dump(Lsn end, String... more) {
    return dump(directory, end, more);
  }

  /// As [#dump(Lsn, String...)], of a copy.
  Command.Result dump(Path copy, Lsn end, String... more) {
    return Command.of(
            PostgresPrograms.path("pg_waldump"),
            "--path=" + copy,
            "--start=" + timeline.at("timeline_start_lsn").text(),
            "--end=" + end)
        .plus(more)
        .run(LIMIT);
  }

  @Override
  public void close() {
    RunningProcess.kill(receiver.pid());
  }
}
