package dev.argon.safekeeper.failpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FailpointTest {

  private static final int KILLED = 128 + 9;

  @Test
  void processIsKilledAtTheNamedHitAndNotBefore() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            FailpointTest.class.getName());
    builder.environment().put(Failpoint.VARIABLE, "wal-sync-after:3");
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();

    String out = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertThat(process.waitFor()).isEqualTo(KILLED);
    assertThat(out).isEqualTo("1\n2\n");
  }

  /// The program of the test above.
  public static void main(String[] arguments) {
    for (int hit = 1; hit < 5; hit++) {
      Failpoint.WAL_SYNC_BEFORE.hit();
      Failpoint.WAL_SYNC_AFTER.hit();
      System.out.println(hit);
    }
  }

  @Test
  void nothingHappensWithoutTheVariable() {
    for (Failpoint point : Failpoint.values()) {
      point.hit();
    }
    assertThat(Failpoint.armed()).isEmpty();
  }

  @Test
  void unknownNameIsRefusedWithThoseThatExist() {
    assertThat(Failpoint.Arming.parse("vote-reply-before"))
        .isEqualTo(new Failpoint.Arming(Failpoint.VOTE_REPLY_BEFORE, 1));
    assertThatThrownBy(() -> Failpoint.Arming.parse("vote-reply:2"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vote-reply-before");
    assertThatThrownBy(() -> Failpoint.Arming.parse("vote-reply-before:0"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
