package dev.argon.identity;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/// Identifies a timeline: 16 bytes, most significant first.
public record TimelineId(long high, long low) implements Comparable<TimelineId> {

  /// Reads the text form: exactly 32 hexadecimal digits.
  ///
  /// @throws IllegalArgumentException if `text` is anything else
  public static TimelineId parse(String text) {
    if (text.length() != 32) {
      throw new IllegalArgumentException("not a timeline id (32 hexadecimal digits): " + text);
    }
    try {
      return new TimelineId(
          HexFormat.fromHexDigitsToLong(text, 0, 16), HexFormat.fromHexDigitsToLong(text, 16, 32));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a timeline id (32 hexadecimal digits): " + text, e);
    }
  }

  /// A new random id.
  public static TimelineId random(RandomGenerator random) {
    return new TimelineId(random.nextLong(), random.nextLong());
  }

  @Override
  public int compareTo(TimelineId other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(high) + hex.toHexDigits(low);
  }
}
