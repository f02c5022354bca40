package dev.argon.node;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/// One HTTP/1.1 request and its answer (RFC 9112) on a connection of its own.
final class HttpConnection {

  private static final int LINE_SIZE_MAX = 16 << 10;
  private static final int HEADERS_MAX = 200;
  private static final int BODY_MAX_BYTES = 256 << 20;
  private static final int UNKNOWN_LENGTH = -1;
  private static final int CHUNKED = -2;

  private final HostPort server;
  private final Socket socket;
  private final long deadlineNanos;
  private final InputStream in;

  private HttpConnection(HostPort server, Socket socket, long deadlineNanos) throws IOException {
    this.server = server;
    this.socket = socket;
    this.deadlineNanos = deadlineNanos;
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  /// @throws IOException naming the server, if it cannot be reached, is too slow or speaks no HTTP
  static HttpMessage exchange(
      HostPort server, Duration timeout, String method, String path, byte[] body)
      throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.connect(server.toSocketAddress(), toMillis(timeout.toNanos()));
      HttpConnection connection = new HttpConnection(server, socket, deadline);
      connection.sendRequest(method, path, body);
      return connection.readAnswer();
    } catch (ConnectException e) {
      throw new ConnectException("nothing listens on " + server);
    } catch (SocketTimeoutException e) {
      throw new IOException(
          server
              + " did not answer "
              + method
              + " "
              + path
              + " within "
              + timeout.toMillis()
              + " ms",
          e);
    }
  }

  private void sendRequest(String method, String path, byte[] body) throws IOException {
    String head =
        method
            + " "
            + path
            + " HTTP/1.1\r\n"
            + "Host: "
            + server
            + "\r\n"
            + "Connection: close\r\n"
            + "Accept: application/json\r\n"
            + (body.length == 0 ? "" : "Content-Type: application/json\r\n")
            + "Content-Length: "
            + body.length
            + "\r\n\r\n";
    ByteArrayOutputStream request = new ByteArrayOutputStream(head.length() + body.length);
    request.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
    request.writeBytes(body);
    socket.getOutputStream().write(request.toByteArray());
  }

  private HttpMessage readAnswer() throws IOException {
    String statusLine = readLine();
    String[] parts = statusLine.split(" ", 3);
    int status = parts.length >= 2 && parts[0].startsWith("HTTP/1.") ? parseStatus(parts[1]) : -1;
    if (status < 0) {
      throw new IOException(server + " does not speak HTTP");
    }
    int length = readHeaders();
    if (status == 204 || status == 304) {
      return new HttpMessage(status, new byte[0]);
    }
    return new HttpMessage(status, readBody(length));
  }

  /// @return the body's length, [#CHUNKED] or [#UNKNOWN_LENGTH]
  private int readHeaders() throws IOException {
    int length = UNKNOWN_LENGTH;
    for (int count = 0; count < HEADERS_MAX; count++) {
      String line = readLine();
      if (line.isEmpty()) {
        return length;
      }
      String header = line.toLowerCase(Locale.ROOT);
      if (header.startsWith("content-length:")) {
        length = parseLength(header.substring("content-length:".length()).strip(), 10);
      } else if (header.startsWith("transfer-encoding:") && header.contains("chunked")) {
        length = CHUNKED;
      }
    }
    throw new IOException(server + " sent too many headers");
  }

  private byte[] readBody(int length) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream(Math.max(length, 512));
    if (length == CHUNKED) {
      for (int chunk = nextChunk(); chunk > 0; chunk = nextChunk()) {
        copy(chunk, body);
        readLine();
      }
    } else if (length == UNKNOWN_LENGTH) {
      copyToEnd(body);
    } else {
      copy(length, body);
    }
    return body.toByteArray();
  }

  private int nextChunk() throws IOException {
    String line = readLine();
    int semicolon = line.indexOf(';');
    return parseLength((semicolon < 0 ? line : line.substring(0, semicolon)).strip(), 16);
  }

  private void copy(int length, ByteArrayOutputStream body) throws IOException {
    if (body.size() + (long) length > BODY_MAX_BYTES) {
      throw new IOException(server + " sent an answer that is too long");
    }
    byte[] buffer = new byte[Math.min(length, 64 << 10)];
    int left = length;
    while (left > 0) {
      armTimeout();
      int read = in.read(buffer, 0, Math.min(left, buffer.length));
      if (read < 0) {
        throw new EOFException(server + " ended its answer too early");
      }
      body.write(buffer, 0, read);
      left -= read;
    }
  }

  private void copyToEnd(ByteArrayOutputStream body) throws IOException {
    byte[] buffer = new byte[64 << 10];
    armTimeout();
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      body.write(buffer, 0, read);
      if (body.size() > BODY_MAX_BYTES) {
        throw new IOException(server + " sent an answer that is too long");
      }
      armTimeout();
    }
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder(80);
    armTimeout();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException(server + " closed the connection without an answer");
      }
      if (line.length() >= LINE_SIZE_MAX) {
        throw new IOException(server + " sent a line that is too long");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /// The socket's timeout is for one read; the deadline is for the whole exchange.
  private void armTimeout() throws IOException {
    socket.setSoTimeout(toMillis(deadlineNanos - System.nanoTime()));
  }

  /// At least one: zero would mean for ever.
  private static int toMillis(long nanos) {
    return Math.clamp(nanos / 1_000_000, 1, Integer.MAX_VALUE);
  }

  private int parseStatus(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private int parseLength(String text, int radix) throws IOException {
    try {
      int length = Integer.parseInt(text, radix);
      if (length >= 0) {
        return length;
      }
    } catch (NumberFormatException e) {
      throw new IOException(server + " sent a length that is no number: " + text, e);
    }
    throw new IOException(server + " sent a negative length: " + text);
  }
}
