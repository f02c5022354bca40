package dev.argon.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.cli.CliException;
import dev.argon.node.DirectoryLock;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackDirectoryTest {

  @TempDir Path path;

  @Test
  void whatWasDecidedIsReadBack() throws Exception {
    StackDirectory directory = new StackDirectory(path);
    StackFile stack = StackFile.first(40000, "C.UTF-8");
    assertThat(directory.read()).isEmpty();

    directory.write(stack);

    assertThat(directory.read()).contains(stack);
  }

  @Test
  void anotherFormatVersionIsRefused() throws Exception {
    Files.writeString(
        path.resolve("argon.json"),
        "{\"format_version\":99,\"port_base\":1,\"locale\":\"C\",\"pg_version\":15}");

    assertThatThrownBy(() -> new StackDirectory(path).read())
        .isInstanceOf(CliException.class)
        .hasMessageContaining("format version 99");
  }

  @Test
  void damagedFilesAndForeignDirectoriesAreRefused() throws Exception {
    Files.writeString(path.resolve("argon.json"), "{\"format_ver");
    assertThatThrownBy(() -> new StackDirectory(path).read())
        .isInstanceOf(CliException.class)
        .hasMessageContaining("damaged");

    Files.delete(path.resolve("argon.json"));
    Files.writeString(path.resolve("somebody-elses.txt"), "x");
    assertThatThrownBy(() -> new StackDirectory(path).read())
        .isInstanceOf(CliException.class)
        .hasMessageContaining("not an Argon data directory");
  }

  @Test
  void theSecondCommandIsToldOfTheFirst() throws Exception {
    StackDirectory directory = new StackDirectory(path);

    try (DirectoryLock _ = directory.lock()) {
      assertThatThrownBy(directory::lock)
          .isInstanceOf(CliException.class)
          .hasMessageContaining("another argon command");
    }
  }

  @Test
  void noTwoProcessesShareAPort() {
    assertThat(
            ProcessPlan.all(StackFile.first(40000, "C")).stream()
                .flatMap(p -> p.addresses().values().stream()))
        .doesNotHaveDuplicates()
        .allSatisfy(address -> assertThat(address.port()).isBetween(40000, 40000 + 19));
  }
}
