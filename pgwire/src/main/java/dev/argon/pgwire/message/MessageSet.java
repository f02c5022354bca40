package dev.argon.pgwire.message;

/// The messages that one side of a connection may send, by their tags.
public enum MessageSet {
  /// Sent by clients. `p` is password, SASLInitialResponse, SASLResponse and GSSResponse.
  FRONTEND("BCDEFHPQSXcdfp"),
  /// Sent by servers.
  BACKEND("123ACDEGHIKNRSTVWZcdnstv");

  /// Bit `c` of the pair is set if the tag is known; tags are below 128.
  private final long low;

  private final long high;

  MessageSet(String tags) {
    long lowBits = 0;
    long highBits = 0;
    for (int i = 0; i < tags.length(); i++) {
      char tag = tags.charAt(i);
      if (tag < 64) {
        lowBits |= 1L << tag;
      } else {
        highBits |= 1L << (tag - 64);
      }
    }
    low = lowBits;
    high = highBits;
  }

  public boolean contains(byte tag) {
    return tag >= 0 && ((tag < 64 ? low : high) >>> (tag & 63) & 1) != 0;
  }

  /// A tag for messages to people.
  public static String printable(byte tag) {
    return tag > 0x20 && tag < 0x7F
        ? "'" + (char) tag + "'"
        : "0x" + Integer.toHexString(Byte.toUnsignedInt(tag));
  }
}
