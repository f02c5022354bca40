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
        case "error in a thread" -> {
          Thread.ofVirtual()
              .name("worker")
              .start(() -> {
                throw new LinkageError("an error");
              });
          shutdown.await();
          yield 0;
        }
        case "exception in a thread" -> {
          Thread.ofVirtual()
              .name("worker")
              .start(() -> {
                throw new IllegalStateException("a bug");
              })
              .join();
          System.out.println("goes on");
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

  /// Whoever waits for what the thread was to do would wait for ever.
  @Test
  void anErrorThatNobodyCaughtEndsTheProcessAndAnExceptionItsThreadOnly() throws Exception {
    Process failed = start("error in a thread");
    String trace = outputOf(failed);
    Process fine = start("exception in a thread");
    String output = outputOf(fine);

    assertThat(failed.waitFor()).isEqualTo(MainExit.THREAD_FAILED);
    assertThat(trace)
        .contains("thread worker failed, this process ends")
        .contains("an error\n\tat ");
    assertThat(fine.waitFor()).isZero();
    assertThat(output).contains("a bug\n\tat ").endsWith("goes on\n");
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
