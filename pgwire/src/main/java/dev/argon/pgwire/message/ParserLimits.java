package dev.argon.pgwire.message;

/// What a [MessageParser] may take of memory.
///
/// @param messageBytesMax the longest acceptable message, tag included
/// @param bufferBytes the receive buffer's usual size
/// @param trustedBytes a message of up to this many bytes gets its room at once
/// @param pinnedBytesMax how many bytes of former receive buffers views may keep
public record ParserLimits(
    int messageBytesMax, int bufferBytes, int trustedBytes, long pinnedBytesMax) {

  /// Room that is given on the word of a peer that may be anybody.
  public static final int TRUSTED_BYTES = 1 << 20;

  /// Room for the queues of one stream.
  public static final long PINNED_BYTES_MAX = 64 << 20;

  public static ParserLimits of(int messageBytesMax, int bufferBytes) {
    return new ParserLimits(messageBytesMax, bufferBytes, TRUSTED_BYTES, PINNED_BYTES_MAX);
  }
}
