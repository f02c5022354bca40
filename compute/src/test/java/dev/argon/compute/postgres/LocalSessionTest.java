package dev.argon.compute.postgres;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pgwire.PgClientSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class LocalSessionTest {

  private static final Duration PATIENCE = Duration.ofMillis(50);

  @TempDir Path directory;

  private Postmaster postmaster;

  @BeforeEach
  void start() throws Exception {
    Path server = directory.resolve("server");
    Files.writeString(server, "#!/bin/sh\nexec sleep 600\n");
    Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rwx------"));
    postmaster = Postmaster.start(server, directory, new ServerSettings(Map.of(), Map.of()));
  }

  @AfterEach
  void end() throws Exception {
    postmaster.endAtOnce(Duration.ofSeconds(5));
  }

  @Test
  @Timeout(60)
  void socketThatIsThereAndCannotBeReachedIsAnError() throws Exception {
    Path socket = Files.createFile(directory.resolve("socket"));

    assertThatThrownBy(() -> LocalSession.whenReady(settings(socket), postmaster, PATIENCE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("PostgreSQL runs and cannot be reached")
        .hasMessageContaining(socket.toString());
  }

  @Test
  @Timeout(60)
  void serverThatEndsIsAnErrorAtOnce() throws Exception {
    postmaster.endAtOnce(Duration.ofSeconds(5));

    assertThatThrownBy(() ->
            LocalSession.whenReady(
                settings(directory.resolve("socket")), postmaster, Duration.ofDays(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("PostgreSQL ended while it was starting");
  }

  private static PgClientSettings settings(Path socket) {
    return LocalSession.settings(socket, "superuser", "test");
  }
}
