package dev.argon.pgwire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the kernel says about connections (`/proc/net/tcp` and `tcp6`, described in Linux's
/// `Documentation/networking/proc_net_tcp.rst`).
@Timeout(60)
class KeepaliveTest {

  private static final List<Path> CONNECTIONS =
      Stream.of("/proc/net/tcp", "/proc/net/tcp6").map(Path::of).filter(Files::exists).toList();
  private static final String ESTABLISHED = "01";
  private static final int LOCAL = 1;
  private static final int REMOTE = 2;
  private static final int STATE = 3;
  private static final int TIMER = 5;
  private static final String KEEPALIVE_TIMER = "02";

  /// Units of 1/100 s, whatever the kernel's own clock.
  private static final long HUNDREDTHS = 100;

  private static void answer(PgConnection connection, String text) throws IOException {
    connection.commandComplete(text);
  }

  private static List<String[]> connectionsOf(int port) throws IOException {
    String suffix = String.format(":%04X", port);
    List<String> lines = new ArrayList<>();
    for (Path connections : CONNECTIONS) {
      lines.addAll(Files.readAllLines(connections, US_ASCII));
    }
    return lines.stream()
        .map(line -> line.strip().split("\\s+"))
        .filter(fields -> fields[LOCAL].endsWith(suffix) || fields[REMOTE].endsWith(suffix))
        .filter(fields -> fields[STATE].equals(ESTABLISHED))
        .toList();
  }

  private static void assertKeptAlive(String[] fields) {
    String[] timer = fields[TIMER].split(":", -1);
    assertThat(timer[0]).isEqualTo(KEEPALIVE_TIMER);
    assertThat(Long.parseLong(timer[1], 16))
        .isLessThanOrEqualTo(TcpKeepalive.USUAL.idleSeconds() * HUNDREDTHS);
  }

  @Test
  @DisplayName("BE-7: the kernel asks after silent peers, at both ends")
  void bothEndsAreKeptAlive() throws Exception {
    try (PgServer server =
            PgServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                PgServerSettings.storage("keepalive"),
                KeepaliveTest::answer);
        PgClient client = PgClient.connect(PgClientSettings.of(server.address(), "u", "d"))) {
      client.query("anything");

      Awaitility.await() // until the last answer was acknowledged: that has a timer, too
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() ->
              assertThat(connectionsOf(server.port()))
                  .hasSize(2)
                  .allSatisfy(KeepaliveTest::assertKeptAlive));
    }
  }
}
