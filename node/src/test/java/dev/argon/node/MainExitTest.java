package dev.argon.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Runs small programs in a JVM of their own: exit codes cannot be seen from inside.
class MainExitTest {

  /// The program: what it does is its argument.
  public static final class Program {
    public static void main(String[] arguments) {
      MainExit.run("program", shutdown -> body(arguments[0], shutdown));
    }

    private static int body(String what, Shutdown shutdown) throws Exception {
      return switch (what) {
        case "stop" -> {
          System.out.println("ready");
          shutdown.await();
          yield 0;
        }
        case "refuse" -> throw new ExitException(ExitException.COULD_NOT_START, "no such file");
        default -> throw new IllegalStateException("a bug");
      };
    }
  }

  private static Process start(String what) throws IOException {
    return new ProcessBuilder(
            System.getProperty("java.home") + "/bin/java",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Program.class.getName(),
            what)
        .redirectErrorStream(true)
        .start();
  }

  private static String outputOf(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void sigtermEndsWithTheBodysOwnCode() throws Exception {
    Process process = start("stop");
    assertThat(process.inputReader().readLine()).isEqualTo("ready");

    process.destroy();

    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void aRefusalIsOneLineAndABugHasItsTrace() throws Exception {
    Process refused = start("refuse");
    String refusal = outputOf(refused);
    Process broken = start("bug");
    String trace = outputOf(broken);

    assertThat(refused.waitFor()).isEqualTo(ExitException.COULD_NOT_START);
    assertThat(refusal).endsWith("no such file\n").hasLineCount(1);
    assertThat(broken.waitFor()).isEqualTo(MainExit.CRASHED);
    assertThat(trace).contains("a bug\n\tat ");
  }
}
