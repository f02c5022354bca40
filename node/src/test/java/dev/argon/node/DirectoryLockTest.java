package dev.argon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {

  @TempDir Path directory;

  @Test
  void theSecondIsRefusedAndTheHolderNamed() throws Exception {
    try (DirectoryLock held = DirectoryLock.take(directory)) {
      assertThat(held).isNotNull();
      assertThatThrownBy(() -> DirectoryLock.take(directory))
          .isInstanceOf(ExitException.class)
          .hasMessageContaining("pid " + ProcessHandle.current().pid());
    }
    try (DirectoryLock again = DirectoryLock.take(directory)) {
      assertThat(again).isNotNull();
    }
  }

  @Test
  void aProcessFileThatALossOfPowerToreNamesNobody() throws Exception {
    Files.writeString(directory.resolve(ProcessFile.FILE_NAME), "");

    assertThat(ProcessFile.read(directory)).isEmpty();
  }

  @Test
  void theProcessFileFindsALiveProcess() throws Exception {
    assertThat(ProcessFile.read(directory)).isEmpty();

    ProcessFile.ofThisProcess("safekeeper", "safekeeper-1", Map.of("http", "127.0.0.1:1"))
        .write(directory);

    ProcessFile read = ProcessFile.read(directory).orElseThrow();
    assertThat(read.identity().isAlive()).isTrue();
    assertThat(new ProcessIdentity(read.pid(), read.startTicks() + 1).isAlive()).isFalse();
    assertThat(read.addresses()).containsEntry("http", "127.0.0.1:1");
  }
}
