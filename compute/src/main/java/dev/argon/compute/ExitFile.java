package dev.argon.compute;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/// `compute-exit.json`: why the process ended, for whoever started it.
///
/// @param reason `stopped`, `fenced`, `could_not_start`, `crash` or `postgres_ended`
/// @param message one line for people
/// @param lsn what was committed at the end, if it is known
@Json(naming = Json.Naming.LowerUnderscore)
public record ExitFile(String reason, String message, @Nullable String lsn) {

  public static final String FILE_NAME = "compute-exit.json";

  public void write(Path directory) throws IOException {
    Path temporary = directory.resolve(FILE_NAME + ".new");
    Files.writeString(temporary, JsonCodec.toText(this) + "\n");
    Files.move(
        temporary,
        directory.resolve(FILE_NAME),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
