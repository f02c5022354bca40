package dev.argon.it.wal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The 123 types of records of PostgreSQL 15 (the `..._identify` functions of rmgrdesc), in the
/// order of resource managers.
final class RecordTypes {

  private static final Pattern LINE = Pattern.compile("(\\S+)/(\\S+) ([0-9A-F]{2})(?: (.*))?");

  /// A line of `pg_waldump --stats=record`.
  private static final Pattern STATISTICS = Pattern.compile("(?m)^(\\w+/[\\w+]+) +(\\d+) ");

  private static final Map<String, Type> ALL = read();

  private RecordTypes() {}

  /// A type of record.
  ///
  /// @param otherProof how its effect is proven where no image of a block can; empty if images do
  record Type(String manager, String name, int info, String otherProof) {

    String key() {
      return manager + "/" + name;
    }
  }

  /// All of them by `manager/name`.
  static Map<String, Type> all() {
    return ALL;
  }

  private static Map<String, Type> read() {
    Map<String, Type> types = new LinkedHashMap<>();
    try (InputStream stream = RecordTypes.class.getResourceAsStream("record-types")) {
      byte[] bytes = Objects.requireNonNull(stream, "record-types").readAllBytes();
      for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
        Matcher matcher = LINE.matcher(line);
        if (matcher.matches()) {
          String proof = Optional.ofNullable(matcher.group(4)).orElse("");
          int info = Integer.parseInt(matcher.group(3), 16);
          Type type = new Type(matcher.group(1), matcher.group(2), info, proof);
          types.put(type.key(), type);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return types;
  }

  /// The type of a record by resource manager and info; an unknown one by its number.
  static String key(String manager, int info) {
    // A transaction's record says with its highest bit that more about it follows
    // (XLOG_XACT_OPMASK).
    int operation = manager.equals("Transaction") ? info & 0x70 : info;
    return ALL.values().stream()
        .filter(type -> type.manager().equals(manager) && type.info() == operation)
        .map(Type::key)
        .findFirst()
        .orElse("%s/%02X".formatted(manager, info));
  }

  /// Records by type, out of what `pg_waldump --stats=record` printed.
  static Map<String, Long> statistics(String text) {
    Map<String, Long> counts = new TreeMap<>();
    Matcher matcher = STATISTICS.matcher(text);
    while (matcher.find()) {
      long count = Long.parseLong(matcher.group(2));
      if (count > 0) {
        counts.merge(matcher.group(1), count, Long::sum);
      }
    }
    return counts;
  }
}
