package dev.argon.it.suites;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.PostgresPrograms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What `pg_dumpall` says of a server, but for the rows of unlogged tables.
///
/// @param lines without the values of sequences
/// @param sequences their values, by database and name
record Dump(List<String> lines, Map<String, Long> sequences) {

  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Pattern VALUE =
      Pattern.compile("SELECT pg_catalog\\.setval\\('(.*)', (-?\\d+), (?:true|false)\\);");
  private static final Pattern DATABASE = Pattern.compile("\\\\connect (.*)");

  static Dump of(ConnectionSource source) {
    String text =
        Command.of(
                PostgresPrograms.path("pg_dumpall"),
                "--no-unlogged-table-data",
                "--dbname=" + source.uri())
            .run(LIMIT)
            .ok()
            .out();
    List<String> lines = new ArrayList<>();
    Map<String, Long> sequences = new LinkedHashMap<>();
    String database = "";
    for (String line : text.lines().toList()) {
      Matcher connect = DATABASE.matcher(line);
      if (connect.matches()) {
        database = connect.group(1);
      }
      Matcher value = VALUE.matcher(line);
      if (value.matches()) {
        sequences.put(database + " " + value.group(1), Long.parseLong(value.group(2)));
      } else {
        lines.add(line);
      }
    }
    return new Dump(lines, sequences);
  }
}
