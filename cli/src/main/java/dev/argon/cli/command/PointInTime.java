package dev.argon.cli.command;

import dev.argon.cli.CliException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What `--at` means: an LSN, a time, or nothing.
///
/// @param lsn or empty
/// @param timestamp RFC 3339 in UTC, or empty
record PointInTime(String lsn, String timestamp) {

  private static final Pattern LSN = Pattern.compile("[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}");

  /// With an offset as ISO 8601 or PostgreSQL writes it: `Z`, `+02:00`, `+0200`, `+02`.
  private static final DateTimeFormatter WITH_OFFSET =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
          .optionalStart()
          .appendOffset("+HH:MM", "Z")
          .optionalEnd()
          .optionalStart()
          .appendOffset("+HHMM", "Z")
          .optionalEnd()
          .optionalStart()
          .appendOffset("+HH", "Z")
          .optionalEnd()
          .toFormatter(Locale.ROOT);

  static PointInTime parse(String text) throws CliException {
    if (text.isEmpty()) {
      return new PointInTime("", "");
    }
    if (LSN.matcher(text).matches()) {
      return new PointInTime(text, "");
    }
    String iso = text.strip().replaceFirst("^(\\d{4}-\\d{2}-\\d{2}) ", "$1T").replace(" ", "");
    try {
      TemporalAccessor time = WITH_OFFSET.parseBest(iso, OffsetDateTime::from, LocalDateTime::from);
      Instant instant =
          time instanceof OffsetDateTime exact
              ? exact.toInstant()
              : LocalDateTime.from(time).atZone(ZoneId.systemDefault()).toInstant();
      return new PointInTime("", instant.toString());
    } catch (DateTimeParseException e) {
      throw new CliException(
          "--at " + text + ": an LSN like 0/16B3748 or a time like 2026-01-31T12:00:00Z", e);
    }
  }

  @Nullable String lsnOrNull() {
    return lsn.isEmpty() ? null : lsn;
  }

  @Nullable String timestampOrNull() {
    return timestamp.isEmpty() ? null : timestamp;
  }
}
