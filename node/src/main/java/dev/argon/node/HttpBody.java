package dev.argon.node;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// The body of an answer (RFC 9112 section 6) as a stream that ends where it ends. A connection
/// that breaks before is an error.
final class HttpBody extends InputStream {

  static final long UNTIL_CLOSED = -1;
  static final long CHUNKED = -2;

  private final HttpConnection connection;
  private final long length;

  /// Bytes left in the body, or in the chunk.
  private long left;

  private boolean ended;
  private boolean firstChunk = true;

  /// @param length in bytes, [#UNTIL_CLOSED] or [#CHUNKED]
  HttpBody(HttpConnection connection, long length) {
    this.connection = connection;
    this.length = length;
    left = Math.max(0, length);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    if (ended || count == 0) {
      return ended ? -1 : 0;
    }
    if (length == UNTIL_CLOSED) {
      int read = connection.readSome(into, offset, count);
      ended = read < 0;
      return read;
    }
    if (left == 0) {
      left = length == CHUNKED ? nextChunk() : 0;
    }
    if (left == 0) {
      ended = true;
      return -1;
    }
    int read = connection.readSome(into, offset, (int) Math.min(count, left));
    if (read < 0) {
      throw new EOFException(connection.server() + " ended its answer too early");
    }
    left -= read;
    return read;
  }

  private long nextChunk() throws IOException {
    if (!firstChunk) {
      connection.readLine(); // the end of the one before
    }
    firstChunk = false;
    String line = connection.readLine();
    int semicolon = line.indexOf(';');
    return connection.parseLength(
        (semicolon < 0 ? line : line.substring(0, semicolon)).strip(), 16);
  }
}
