package dev.argon.node;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import javax.net.ssl.SSLContext;

/// The HTTP surface of a process: the JDK's server, one virtual thread for each request, behind a
/// [Router]. Errors are RFC 9457 problem documents.
public final class ManagementServer implements AutoCloseable {

  private static final Logger LOG = System.getLogger(ManagementServer.class.getName());

  /// A client that sends nothing for so long, or does not take its answer, is cut off.
  private static final Duration IDLE_MAX = Duration.ofMinutes(5);

  /// The same for answering, the handler's work included: longer than any route's deadline.
  private static final Duration ANSWER_MAX = Duration.ofMinutes(10);

  private static final String BEARER = "Bearer ";
  private static final int CONNECTIONS_MAX = 512;
  private static final int BACKLOG = 128;
  private static final int BODY_MAX_BYTES = 8 << 20;
  private static final int ERROR_DETAIL_MAX = 2000;

  static {
    // The server's limits are off by default and can be set only here, before its classes load.
    setDefault("sun.net.httpserver.maxReqTime", Long.toString(IDLE_MAX.toSeconds()));
    setDefault("sun.net.httpserver.maxRspTime", Long.toString(ANSWER_MAX.toSeconds()));
    setDefault("jdk.httpserver.maxConnections", Integer.toString(CONNECTIONS_MAX));
    // Without it an answer waits for the client's delayed acknowledgement, some 40 ms.
    setDefault("sun.net.httpserver.nodelay", "true");
  }

  private final HttpServer server;
  private final ExecutorService workers;
  private final ScheduledExecutorService timer;
  private final Router router;
  private final RequestGuard guard;

  private ManagementServer(HttpServer server, Router router, RequestGuard guard) {
    this.server = server;
    this.router = router;
    this.guard = guard;
    workers = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("http-", 0).factory());
    timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("http-deadlines").factory());
  }

  /// Listens and answers from now on.
  ///
  /// @throws BindException naming the address, if it is taken
  public static ManagementServer start(HostPort address, Router router) throws IOException {
    return start(address, router, RequestGuard.OPEN, Optional.empty());
  }

  /// The same with a guard, and over HTTPS if `tls` is there.
  public static ManagementServer start(
      HostPort address, Router router, RequestGuard guard, Optional<SSLContext> tls)
      throws IOException {
    HttpServer http;
    try {
      http =
          tls.isPresent()
              ? https(address, tls.get())
              : HttpServer.create(address.toSocketAddress(), BACKLOG);
    } catch (BindException e) {
      BindException named =
          new BindException(
              "cannot listen on " + address + " (" + e.getMessage() + "): choose another port");
      named.initCause(e);
      throw named;
    }
    ManagementServer server = new ManagementServer(http, router, guard);
    http.createContext("/", server::answer);
    http.setExecutor(server.workers);
    http.start();
    return server;
  }

  private static HttpServer https(HostPort address, SSLContext tls) throws IOException {
    HttpsServer server = HttpsServer.create(address.toSocketAddress(), BACKLOG);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    return server;
  }

  /// Where it listens; the port is the real one if 0 was asked for.
  public HostPort address() {
    InetSocketAddress bound = server.getAddress();
    return new HostPort(bound.getAddress().getHostAddress(), bound.getPort());
  }

  private void answer(HttpExchange exchange) {
    try (exchange) {
      Response response = respond(exchange);
      exchange.getResponseHeaders().set("Content-Type", response.mediaType());
      boolean isHead = exchange.getRequestMethod().equals("HEAD");
      switch (response.body()) {
        case Response.Body.Bytes(byte[] bytes) -> {
          boolean withBody = bytes.length > 0 && !isHead;
          exchange.sendResponseHeaders(response.status(), withBody ? bytes.length : -1);
          if (withBody) {
            exchange.getResponseBody().write(bytes);
          }
        }
        case Response.Body.Stream(Response.BodyWriter writer) -> {
          exchange.sendResponseHeaders(response.status(), isHead ? -1 : 0); // 0: chunked
          if (!isHead) {
            writer.write(exchange.getResponseBody());
          }
        }
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "an answer was not finished: {0}", e.getMessage());
    }
  }

  private Response respond(HttpExchange exchange) {
    String method = exchange.getRequestMethod();
    String path = exchange.getRequestURI().getPath();
    String query = exchange.getRequestURI().getRawQuery();
    try {
      Router.Match match = router.match(method, path);
      guard.check(
          new RequestGuard.Head(
              method, path, match.parameters(), bearer(exchange.getRequestHeaders())));
      RequestDeadline deadline = new RequestDeadline(timer, match.deadline());
      try (deadline) {
        Request request =
            Request.read(
                method,
                path,
                match.parameters(),
                query == null ? "" : query,
                exchange.getRequestBody(),
                BODY_MAX_BYTES);
        return match.handler().handle(request);
      } catch (InterruptedException e) {
        return deadline.hasPassed() ? deadlinePassed(path, match.deadline(), e) : stopping(e);
      }
    } catch (ApiProblem problem) {
      return Response.problem(problem);
    } catch (Exception e) {
      LOG.log(Level.ERROR, method + " " + path + " failed", e);
      return Response.problem(new ApiProblem(ProblemCode.INTERNAL, describe(e), e));
    }
  }

  private static Optional<String> bearer(Headers headers) {
    String value = headers.getFirst("Authorization");
    return value != null && value.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? Optional.of(value.substring(BEARER.length()).strip())
        : Optional.empty();
  }

  private static Response deadlinePassed(String path, Duration deadline, InterruptedException e) {
    return Response.problem(
        new ApiProblem(
            ProblemCode.DEADLINE_EXCEEDED,
            path + " was not done within " + deadline.toMillis() + " ms",
            e));
  }

  private static Response stopping(InterruptedException e) {
    return Response.problem(new ApiProblem(ProblemCode.UNAVAILABLE, "the process is stopping", e));
  }

  private static String describe(Exception e) {
    String text = e.toString();
    return text.length() <= ERROR_DETAIL_MAX ? text : text.substring(0, ERROR_DETAIL_MAX);
  }

  private static void setDefault(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /// Stops listening, interrupts what runs and returns.
  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
    timer.shutdownNow();
  }
}
