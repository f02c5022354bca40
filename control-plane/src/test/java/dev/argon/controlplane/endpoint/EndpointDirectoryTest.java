package dev.argon.controlplane.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndpointDirectoryTest {

  @TempDir Path parent;

  @Test
  void deletingWhatSomebodyElseDeletesIsNoError() throws Exception {
    EndpointDirectory directory = new EndpointDirectory(parent.resolve("endpoint"));
    for (int number = 1; number <= 30; number++) {
      Path start = directory.createStart(number);
      for (int file = 0; file < 100; file++) {
        Files.createDirectories(start.resolve("d" + file % 10));
        Files.writeString(start.resolve("d" + file % 10).resolve("f" + file), "");
      }

      CompletableFuture<Void> other = CompletableFuture.runAsync(() -> delete(directory));
      directory.deleteStartsBut(0);
      other.join();

      assertThat(start).doesNotExist();
    }
  }

  private static void delete(EndpointDirectory directory) {
    try {
      directory.deleteStartsBut(0);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
