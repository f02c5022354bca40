package dev.argon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.prometheus.metrics.core.metrics.Counter;
import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ManagementServerTest {

  private static final HostPort ANY_PORT = new HostPort("127.0.0.1", 0);

  private ManagementServer server;
  private HttpJsonClient client;

  @BeforeEach
  void start() throws IOException {
    Metrics metrics = new Metrics();
    Counter.builder().name("pages_read_total").help("h").register(metrics.registry()).inc(3);
    Router router =
        new Router()
            .post("/sum/{factor}", ManagementServerTest::sum)
            .get("/bytes", request -> Response.bytes(new byte[8192]))
            .get("/query", request -> Response.text(request.requiredQueryParameter("rel")))
            .get("/broken", request -> Response.text(Integer.toString(List.of(1).get(1))))
            .route("GET", "/slow", Duration.ofMillis(50), ManagementServerTest::waitForEver);
    StandardRoutes.addTo(router, ManagementServerTest::status, metrics);
    server = ManagementServer.start(ANY_PORT, router);
    client = new HttpJsonClient(server.address());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static Response sum(Request request) throws ApiProblem {
    Sum sum = request.body(Sum.class);
    long factor = Long.parseLong(request.pathParameter("factor"));
    return Response.json(new Sum(factor * (sum.firstNumber() + sum.secondNumber()), 0));
  }

  private static Response waitForEver(Request request) throws InterruptedException {
    new CountDownLatch(1).await();
    return Response.done();
  }

  private static ProcessStatus status() {
    ProcessStatus.TimelineLsns lsns =
        new ProcessStatus.TimelineLsns("t1", "tl1", Map.of("flush_lsn", "0/16B3748"));
    return new ProcessStatus(
        "safekeeper",
        "safekeeper-1",
        17,
        Map.of("http", "127.0.0.1:1"),
        "/d",
        ProcessStatus.OK,
        List.of(),
        List.of(lsns));
  }

  @Test
  void jsonGoesBothWaysInSnakeCase() throws Exception {
    byte[] answer =
        client.send(
            "POST",
            "/sum/2",
            "{\"first_number\":4,\"second_number\":5,\"later\":{}}"
                .getBytes(StandardCharsets.UTF_8));

    assertThat(new String(answer, StandardCharsets.UTF_8))
        .isEqualTo("{\"first_number\":18,\"second_number\":0}");
    assertThat(client.post("/sum/3", new Sum(1, 1), Sum.class)).isEqualTo(new Sum(6, 0));
  }

  @Test
  void statusAndMetricsAreThere() throws Exception {
    assertThat(client.get("/v1/status", ProcessStatus.class)).isEqualTo(status());
    assertThat(new String(client.getBytes("/metrics"), StandardCharsets.UTF_8))
        .contains("pages_read_total 3.0");
  }

  @Test
  void bytesComeAsTheyAre() throws Exception {
    assertThat(client.getBytes("/bytes")).isEqualTo(new byte[8192]);
  }

  @Test
  void queryParametersAreDecoded() throws Exception {
    assertThat(client.getBytes("/query?fork=0&rel=1663%2F5%2F16384"))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("1663/5/16384");
    assertProblem("/query", ProblemCode.BAD_REQUEST, "rel is missing");
  }

  @Test
  void problemsArriveAsTheyWereThrown() {
    assertProblem("/nowhere", ProblemCode.NOT_FOUND, "/nowhere");
    assertProblem("/broken", ProblemCode.INTERNAL, "IndexOutOfBounds");
  }

  @Test
  void garbageInABodyIsABadRequest() {
    assertThatThrownBy(
            () -> client.send("POST", "/sum/1", "{\"first".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(
            ApiProblem.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.BAD_REQUEST));
    assertThatThrownBy(() -> client.send("POST", "/sum/1", new byte[9 << 20]))
        .satisfiesAnyOf(
            e ->
                assertThat(e)
                    .isInstanceOfSatisfying(
                        ApiProblem.class,
                        p -> assertThat(p.code()).isEqualTo(ProblemCode.BODY_TOO_LARGE)),
            // The server may cut the connection while the client still sends.
            e -> assertThat(e).isInstanceOf(IOException.class));
  }

  @Test
  void aHandlerThatIsTooSlowIsInterrupted() {
    assertProblem("/slow", ProblemCode.DEADLINE_EXCEEDED, "50 ms");
  }

  @Test
  void aTakenPortIsNamed() {
    assertThatThrownBy(() -> ManagementServer.start(server.address(), new Router()))
        .isInstanceOf(BindException.class)
        .hasMessageContaining(server.address().toString());
  }

  @Test
  void theClientGivesUpOnAServerThatDoesNotAnswer() throws IOException {
    try (ServerSocket silent = new ServerSocket(0)) {
      HttpJsonClient waiting =
          new HttpJsonClient(
              new HostPort("127.0.0.1", silent.getLocalPort()), Duration.ofMillis(50));

      assertThatThrownBy(() -> waiting.getBytes("/")).hasMessageContaining("within 50 ms");
    }
  }

  @Test
  void nobodyListeningIsSaidSo() {
    server.close();

    assertThatThrownBy(() -> client.getBytes("/"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nothing listens on");
  }

  private void assertProblem(String path, ProblemCode code, String text) {
    assertThatThrownBy(() -> client.getBytes(path))
        .isInstanceOfSatisfying(
            ApiProblem.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e.detail()).contains(text);
            });
  }
}
