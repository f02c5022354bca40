package dev.argon.identity;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/// Identifies a tenant: 16 bytes, most significant first.
public record TenantId(long high, long low) implements Comparable<TenantId> {

  /// Reads the text form: exactly 32 hexadecimal digits.
  ///
  /// @throws IllegalArgumentException if `text` is anything else
  public static TenantId parse(String text) {
    if (text.length() != 32) {
      throw new IllegalArgumentException("not a tenant id (32 hexadecimal digits): " + text);
    }
    try {
      return new TenantId(
          HexFormat.fromHexDigitsToLong(text, 0, 16), HexFormat.fromHexDigitsToLong(text, 16, 32));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a tenant id (32 hexadecimal digits): " + text, e);
    }
  }

  /// A new random id.
  public static TenantId random(RandomGenerator random) {
    return new TenantId(random.nextLong(), random.nextLong());
  }

  @Override
  public int compareTo(TenantId other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(high) + hex.toHexDigits(low);
  }
}
