package dev.argon.node;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Asks the management surface of another process. One connection for each request, closed after
/// the answer; never retries (the caller knows what may be asked twice).
///
/// It is written on plain sockets because the command line pays for every class it loads at every
/// start: the first request by the JDK's `java.net.http` costs 0.3 s of processor time, by this one
/// 0.02 s.
public final class HttpJsonClient {

  private static final int PROBLEM_BYTES_MAX = 64 << 10;
  private static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(30);

  private final HostPort server;
  private final Duration timeout;
  private final ClientSecurity security;

  public HttpJsonClient(HostPort server) {
    this(server, TIMEOUT_DEFAULT);
  }

  /// @param timeout for one request as a whole, connecting included
  public HttpJsonClient(HostPort server, Duration timeout) {
    this(server, timeout, ClientSecurity.NONE);
  }

  public HttpJsonClient(HostPort server, Duration timeout, ClientSecurity security) {
    this.server = server;
    this.timeout = timeout;
    this.security = security;
  }

  public HttpJsonClient withTimeout(Duration other) {
    return new HttpJsonClient(server, other, security);
  }

  /// The same, with a token or over TLS.
  public HttpJsonClient withSecurity(ClientSecurity other) {
    return new HttpJsonClient(server, timeout, other);
  }

  public HostPort server() {
    return server;
  }

  /// @throws ApiProblem if the server refuses
  /// @throws IOException if it cannot be reached, is too slow or answers no HTTP
  public <T> T get(String path, Class<T> answer) throws IOException, ApiProblem {
    return decode(path, send("GET", path, new byte[0]), answer);
  }

  /// The answer's bytes, whatever they are.
  public byte[] getBytes(String path) throws IOException, ApiProblem {
    return send("GET", path, new byte[0]);
  }

  public <T> T post(String path, Object body, Class<T> answer) throws IOException, ApiProblem {
    return decode(path, send("POST", path, JsonCodec.toBytes(body)), answer);
  }

  /// A POST without a body.
  public <T> T post(String path, Class<T> answer) throws IOException, ApiProblem {
    return decode(path, send("POST", path, new byte[0]), answer);
  }

  public <T> T put(String path, Object body, Class<T> answer) throws IOException, ApiProblem {
    return decode(path, send("PUT", path, JsonCodec.toBytes(body)), answer);
  }

  public <T> T patch(String path, Object body, Class<T> answer) throws IOException, ApiProblem {
    return decode(path, send("PATCH", path, JsonCodec.toBytes(body)), answer);
  }

  public <T> T delete(String path, Class<T> answer) throws IOException, ApiProblem {
    return decode(path, send("DELETE", path, new byte[0]), answer);
  }

  /// Any request; the answer's bytes.
  public byte[] send(String method, String path, byte[] body) throws IOException, ApiProblem {
    HttpMessage answer =
        HttpConnection.exchange(
            server, security, timeout, new HttpConnection.Asked(method, path, body));
    if (answer.status() >= 200 && answer.status() < 300) {
      return answer.body();
    }
    throw problem(answer);
  }

  /// Takes a body while it arrives.
  @FunctionalInterface
  public interface BodyReader<T> {
    T read(InputStream body) throws IOException, ApiProblem;
  }

  /// A GET whose answer may be long.
  public <T> T getStream(String path, BodyReader<T> reader) throws IOException, ApiProblem {
    // The connection's reader can only throw IOException: what else happened is kept aside.
    List<ApiProblem> problems = new ArrayList<>();
    List<T> results = new ArrayList<>();
    HttpConnection.exchange(
        server,
        security,
        timeout,
        new HttpConnection.Asked("GET", path, new byte[0]),
        (status, body) -> {
          if (status != 200) {
            problems.add(problem(new HttpMessage(status, body.readNBytes(PROBLEM_BYTES_MAX))));
            return status;
          }
          try {
            results.add(reader.read(body));
          } catch (ApiProblem e) {
            problems.add(e);
          }
          return status;
        });
    if (!problems.isEmpty()) {
      throw problems.getFirst();
    }
    return results.getFirst();
  }

  private ApiProblem problem(HttpMessage answer) {
    try {
      ProblemDocument document = JsonCodec.fromBytes(answer.body(), ProblemDocument.class);
      String code = document.code() == null ? "" : document.code();
      String detail = document.detail() == null ? "" : document.detail();
      return new ApiProblem(ProblemCode.fromWire(code, answer.status()), detail);
    } catch (IllegalArgumentException e) {
      return new ApiProblem(
          ProblemCode.fromWire("", answer.status()),
          server + " answered with HTTP status " + answer.status(),
          e);
    }
  }

  private <T> T decode(String path, byte[] json, Class<T> type) throws IOException {
    try {
      return json.length == 0 ? JsonCodec.fromText("{}", type) : JsonCodec.fromBytes(json, type);
    } catch (IllegalArgumentException e) {
      throw new IOException(server.httpUrl() + path + " answered " + e.getMessage(), e);
    }
  }
}
