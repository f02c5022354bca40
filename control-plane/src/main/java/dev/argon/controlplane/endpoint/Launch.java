package dev.argon.controlplane.endpoint;

import dev.argon.node.JsonCodec;
import dev.argon.node.ProcessIdentity;
import io.avaje.jsonb.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/// `launch.json` in an endpoint's directory: the newest compute that was started for it. Written as
/// soon as the process is there, so that a control plane that comes back finds it.
@Json(naming = Json.Naming.LowerUnderscore)
public record Launch(long pid, long startTicks, long startNumber) {

  private static final String FILE_NAME = "launch.json";

  ProcessIdentity identity() {
    return new ProcessIdentity(pid, startTicks);
  }

  void write(Path endpointDirectory) throws IOException {
    Path temporary = endpointDirectory.resolve(FILE_NAME + ".new");
    Files.writeString(temporary, JsonCodec.toPrettyText(this) + "\n");
    Files.move(
        temporary,
        endpointDirectory.resolve(FILE_NAME),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /// The launch whose process still runs.
  static Optional<Launch> live(Path endpointDirectory) {
    try {
      Launch launch =
          JsonCodec.fromText(Files.readString(endpointDirectory.resolve(FILE_NAME)), Launch.class);
      return Optional.of(launch).filter(found -> found.identity().isAlive());
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
