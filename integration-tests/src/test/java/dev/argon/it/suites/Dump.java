package dev.argon.it.suites;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PostgresPrograms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What `pg_dumpall` says of a server, but for the rows of unlogged tables.
///
/// @param lines without the values of sequences
/// @param sequences by database and name
record Dump(List<String> lines, Map<String, Sequence> sequences) {

  /// How many values a sequence logs ahead (SEQ_LOG_VALS, sequence.c): a crash loses as many.
  private static final int LOGGED_AHEAD = 32;

  /// Where a sequence is.
  record Sequence(long value, long increment) {

    /// Whether a crash can have brought it from there to here.
    boolean canFollow(Sequence before) {
      long jump = (value - before.value) * Long.signum(before.increment);
      return jump >= 0 && jump <= LOGGED_AHEAD * Math.abs(before.increment);
    }
  }

  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Pattern VALUE =
      Pattern.compile("SELECT pg_catalog\\.setval\\('(.*)', (-?\\d+), (?:true|false)\\);");

  /// A key that is another one in each dump, against what looks like psql's commands in data.
  private static final Pattern RANDOM = Pattern.compile("\\\\(un)?restrict .*");

  private static final Pattern NAME =
      Pattern.compile("\\s*(?:CREATE (?:UNLOGGED )?SEQUENCE|SEQUENCE NAME) (.*)");
  private static final Pattern INCREMENT = Pattern.compile("\\s*INCREMENT BY (-?\\d+)");
  private static final Pattern DATABASE = Pattern.compile("\\\\connect (.*)");

  static Dump of(ConnectionSource source) {
    String text =
        Command.of(
                PostgresPrograms.path("pg_dumpall"),
                "--no-unlogged-table-data",
                "--dbname=" + source.uri())
            // It connects to each database anew, and forgets the password.
            .with("PGPASSWORD", source.password())
            .run(LIMIT)
            .ok()
            .out();
    List<String> lines = new ArrayList<>();
    Map<String, Sequence> sequences = new LinkedHashMap<>();
    Map<String, Long> increments = new HashMap<>();
    String database = "";
    String name = "";
    for (String line : text.lines().filter(line -> !RANDOM.matcher(line).matches()).toList()) {
      Matcher connect = DATABASE.matcher(line);
      Matcher named = NAME.matcher(line);
      Matcher increment = INCREMENT.matcher(line);
      Matcher value = VALUE.matcher(line);
      if (connect.matches()) {
        database = connect.group(1);
      } else if (named.matches()) {
        name = database + " " + named.group(1);
      } else if (increment.matches()) {
        increments.put(name, Long.parseLong(increment.group(1)));
      }
      if (value.matches()) {
        String key = database + " " + value.group(1);
        sequences.put(
            key, new Sequence(Long.parseLong(value.group(2)), increments.getOrDefault(key, 0L)));
      } else {
        lines.add(line);
      }
    }
    return new Dump(lines, sequences);
  }
}
