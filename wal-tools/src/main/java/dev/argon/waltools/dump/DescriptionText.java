package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.PostgresVersion;
import dev.argon.postgres.RelFileNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// The text of a record being put together, with what PostgreSQL's descriptions are made of. One
/// object is used for all records, so that a line costs no formatter.
final class DescriptionText {

  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  /// 2000-01-01, where PostgreSQL's time begins.
  private static final long EPOCH_SECONDS = 946_684_800L;

  private static final long MICROS = 1_000_000L;
  private static final int DIGITS_OF_G = 6;

  private final StringBuilder builder = new StringBuilder();
  private final DateTimeFormatter time;

  /// @param zone in which times are shown
  DescriptionText(ZoneId zone) {
    time = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss|zzz", Locale.ROOT).withZone(zone);
  }

  void clear() {
    builder.setLength(0);
  }

  int length() {
    return builder.length();
  }

  String from(int start) {
    return builder.substring(start);
  }

  @Override
  public String toString() {
    return builder.toString();
  }

  /// The characters so far.
  CharSequence characters() {
    return builder;
  }

  DescriptionText add(String text) {
    builder.append(text);
    return this;
  }

  DescriptionText add(char character) {
    builder.append(character);
    return this;
  }

  /// `%d`.
  DescriptionText signed(int value) {
    builder.append(value);
    return this;
  }

  /// `%u` of 32 bits.
  DescriptionText unsigned(int value) {
    builder.append(value & 0xFFFF_FFFFL);
    return this;
  }

  /// `%u` of 64 bits.
  DescriptionText unsigned(long value) {
    if (value >= 0) {
      builder.append(value);
    } else {
      builder.append(Long.toUnsignedString(value));
    }
    return this;
  }

  /// A number to the right of a field.
  DescriptionText padded(long value, int width) {
    long rest = value;
    int digits = 1;
    while (rest >= 10) {
      rest /= 10;
      digits++;
    }
    for (int i = digits; i < width; i++) {
      builder.append(' ');
    }
    builder.append(value);
    return this;
  }

  /// `%02X`.
  DescriptionText hexByte(int value) {
    builder.append(HEX[value >> 4 & 15]).append(HEX[value & 15]);
    return this;
  }

  /// `%X/%X`.
  DescriptionText lsn(long lsn) {
    builder.append(Lsn.toString(lsn));
    return this;
  }

  /// `%X/%08X`, the form of a record's own position.
  DescriptionText paddedLsn(long lsn) {
    builder.append(Long.toHexString(lsn >>> 32).toUpperCase(Locale.ROOT)).append('/');
    for (int shift = 28; shift >= 0; shift -= 4) {
      builder.append(HEX[(int) (lsn >>> shift) & 15]);
    }
    return this;
  }

  /// `%u:%u` of a transaction id with its epoch.
  DescriptionText fullTransactionId(long id) {
    return unsigned((int) (id >>> 32)).add(':').unsigned((int) id);
  }

  /// `T` or `F`.
  DescriptionText letter(boolean value) {
    builder.append(value ? 'T' : 'F');
    return this;
  }

  /// Three object ids, `%u/%u/%u`.
  DescriptionText relation(RecordFields fields, int offset) throws CorruptDataException {
    return unsigned(fields.integer(offset))
        .add('/')
        .unsigned(fields.integer(offset + 4))
        .add('/')
        .unsigned(fields.integer(offset + 8));
  }

  /// The file of a relation below the data directory (`relpathperm`).
  DescriptionText path(RecordFields fields, int offset, int fork) throws CorruptDataException {
    int tablespace = fields.integer(offset);
    if (fork < 0 || fork >= Fork.COUNT) {
      throw new CorruptDataException("fork " + fork);
    }
    if (tablespace == RelFileNode.GLOBAL_TABLESPACE) {
      add("global/");
    } else {
      if (tablespace == RelFileNode.DEFAULT_TABLESPACE) {
        add("base/");
      } else {
        add("pg_tblspc/").unsigned(tablespace).add("/PG_");
        signed(PostgresVersion.V15.major()).add('_');
        signed(PostgresVersion.V15.catalogVersion()).add('/');
      }
      unsigned(fields.integer(offset + 4)).add('/');
    }
    return unsigned(fields.integer(offset + 8)).add(Fork.fileSuffix(fork));
  }

  /// A time with the zone's name, as the servers' log lines have it.
  DescriptionText time(long micros) throws CorruptDataException {
    long seconds = micros / MICROS + EPOCH_SECONDS;
    String text;
    try {
      text = time.format(Instant.ofEpochSecond(seconds));
    } catch (java.time.DateTimeException e) {
      throw new CorruptDataException("time " + micros, e);
    }
    int split = text.indexOf('|');
    builder.append(text, 0, split).append('.');
    String fraction = Integer.toString((int) Math.abs(micros % MICROS));
    if (micros % MICROS < 0) {
      builder.append('-');
    }
    builder.repeat('0', 6 - fraction.length() - (micros % MICROS < 0 ? 1 : 0)).append(fraction);
    builder.append(' ').append(text, split + 1, text.length());
    return this;
  }

  /// C's `%g`: six digits, no zeros at the end.
  DescriptionText floating(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return add(Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
    }
    if (value == 0) {
      return add(1 / value < 0 ? "-0" : "0");
    }
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(DIGITS_OF_G, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    BigDecimal stripped = rounded.stripTrailingZeros();
    if (exponent >= -4 && exponent < DIGITS_OF_G) {
      return add(stripped.toPlainString());
    }
    String digits = stripped.unscaledValue().abs().toString();
    add(value < 0 ? "-" : "").add(digits.charAt(0));
    if (digits.length() > 1) {
      add('.').add(digits.substring(1));
    }
    add('e').add(exponent < 0 ? '-' : '+');
    if (Math.abs(exponent) < 10) {
      add('0');
    }
    return signed(Math.abs(exponent));
  }
}
