package dev.argon.controlplane.endpoint;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// `compute-exit.json` in a start's directory: why that compute ended.
@Json(naming = Json.Naming.LowerUnderscore)
public record ComputeExit(@Nullable String reason, @Nullable String message, @Nullable String lsn) {

  static final String FILE_NAME = "compute-exit.json";

  private static final String FENCED = "fenced";

  /// What stands in the directory; a compute that was killed leaves nothing.
  static ComputeExit read(Path startDirectory) {
    try {
      return JsonCodec.fromText(
          Files.readString(startDirectory.resolve(FILE_NAME)), ComputeExit.class);
    } catch (IOException | IllegalArgumentException e) {
      return new ComputeExit("killed", "it left no word", null);
    }
  }

  /// Whether a newer compute has taken over: this one must not come back by itself.
  boolean isFenced() {
    return FENCED.equals(reason);
  }

  String describe() {
    String why = message == null || message.isEmpty() ? String.valueOf(reason) : message;
    return "the compute ended: " + why;
  }
}
