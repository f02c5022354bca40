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
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// One HTTP/1.1 request and its answer (RFC 9112) on a connection of its own.
final class HttpConnection {

  private static final int LINE_SIZE_MAX = 16 << 10;
  private static final int HEADERS_MAX = 200;
  private static final int BODY_MAX_BYTES = 256 << 20;

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

  /// What is asked for.
  @SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
  record Asked(String method, String path, byte[] body) {}

  /// @throws IOException naming the server, if it cannot be reached, is too slow or speaks no HTTP
  static HttpMessage exchange(
      HostPort server, ClientSecurity security, Duration timeout, Asked asked) throws IOException {
    return exchange(
        server,
        security,
        timeout,
        asked,
        (status, body) -> {
          byte[] bytes = body.readNBytes(BODY_MAX_BYTES + 1);
          if (bytes.length > BODY_MAX_BYTES) {
            throw new IOException(server + " sent an answer that is too long");
          }
          return new HttpMessage(status, bytes);
        });
  }

  /// Takes an answer while it arrives.
  interface AnswerReader<T> {
    T read(int status, InputStream body) throws IOException;
  }

  /// The same with an answer that is taken while it arrives.
  static <T> T exchange(
      HostPort server,
      ClientSecurity security,
      Duration timeout,
      Asked asked,
      AnswerReader<T> reader)
      throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    try (Socket plain = new Socket()) {
      plain.setTcpNoDelay(true);
      plain.connect(server.toSocketAddress(), toMillis(timeout.toNanos()));
      Socket socket = security.tls().isPresent() ? tls(plain, server, security) : plain;
      HttpConnection connection = new HttpConnection(server, socket, deadline);
      connection.armTimeout();
      connection.sendRequest(asked, security);
      return connection.readAnswer(reader);
    } catch (ConnectException e) {
      throw new ConnectException("nothing listens on " + server);
    } catch (SocketTimeoutException e) {
      throw new IOException(
          server
              + " did not answer "
              + asked.method()
              + " "
              + asked.path()
              + " within "
              + timeout.toMillis()
              + " ms",
          e);
    }
  }

  private static Socket tls(Socket plain, HostPort server, ClientSecurity security)
      throws IOException {
    SSLSocket socket =
        (SSLSocket)
            security
                .tls()
                .orElseThrow()
                .getSocketFactory()
                .createSocket(plain, server.host(), server.port(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    return socket;
  }

  private void sendRequest(Asked asked, ClientSecurity security) throws IOException {
    byte[] body = asked.body();
    String head =
        asked.method()
            + " "
            + asked.path()
            + " HTTP/1.1\r\n"
            + "Host: "
            + server
            + "\r\n"
            + "Connection: close\r\n"
            + "Accept: application/json\r\n"
            + security.token().map(token -> "Authorization: Bearer " + token + "\r\n").orElse("")
            + (body.length == 0 ? "" : "Content-Type: application/json\r\n")
            + "Content-Length: "
            + body.length
            + "\r\n\r\n";
    ByteArrayOutputStream request = new ByteArrayOutputStream(head.length() + body.length);
    request.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
    request.writeBytes(body);
    socket.getOutputStream().write(request.toByteArray());
  }

  private <T> T readAnswer(AnswerReader<T> reader) throws IOException {
    String statusLine = readLine();
    String[] parts = statusLine.split(" ", 3);
    int status = parts.length >= 2 && parts[0].startsWith("HTTP/1.") ? parseStatus(parts[1]) : -1;
    if (status < 0) {
      throw new IOException(server + " does not speak HTTP");
    }
    return reader.read(status, body(status, readHeaders()));
  }

  /// @return the body's length, as [HttpBody] wants it
  private long readHeaders() throws IOException {
    long length = HttpBody.UNTIL_CLOSED;
    for (int count = 0; count < HEADERS_MAX; count++) {
      String line = readLine();
      if (line.isEmpty()) {
        return length;
      }
      String header = line.toLowerCase(Locale.ROOT);
      if (header.startsWith("content-length:")) {
        length = parseLength(header.substring("content-length:".length()).strip(), 10);
      } else if (header.startsWith("transfer-encoding:") && header.contains("chunked")) {
        length = HttpBody.CHUNKED;
      }
    }
    throw new IOException(server + " sent too many headers");
  }

  private InputStream body(int status, long length) {
    return status == 204 || status == 304
        ? InputStream.nullInputStream()
        : new HttpBody(this, length);
  }

  HostPort server() {
    return server;
  }

  /// As [InputStream#read(byte\[\], int, int)], within the deadline.
  int readSome(byte[] into, int offset, int count) throws IOException {
    armTimeout();
    return in.read(into, offset, count);
  }

  String readLine() throws IOException {
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

  long parseLength(String text, int radix) throws IOException {
    try {
      long length = Long.parseLong(text, radix);
      if (length >= 0) {
        return length;
      }
    } catch (NumberFormatException e) {
      throw new IOException(server + " sent a length that is no number: " + text, e);
    }
    throw new IOException(server + " sent a negative length: " + text);
  }
}
