package dev.argon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ProcessTableTest {

  /// Its processor time is nobody's until the parent asks for it, and this one never does.
  @Test
  @Timeout(value = 1, unit = TimeUnit.MINUTES)
  void childWhoseParentHasNotAskedForItIsEnding() throws IOException, InterruptedException {
    Process parent = new ProcessBuilder("sh", "-c", "true & exec sleep 60").start();
    try {
      List<Long> parents = List.of(parent.pid());
      while (ProcessTable.endingChildren(parents).isEmpty()) {
        assertThat(parent.isAlive()).isTrue();
        Thread.onSpinWait();
      }
      assertThat(ProcessTable.endingChildren(List.of(ProcessHandle.current().pid()))).isEmpty();
    } finally {
      parent.destroyForcibly();
      parent.waitFor();
    }
  }
}
