package dev.argon.node;

import io.avaje.jsonb.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;

/// `process.json` in a process's directory: how others find it. Written when the process answers,
/// left behind when it ends; [#identity()] tells whether it still runs.
///
/// @param kind `safekeeper`, `pageserver`, `control-plane`, `compute`
/// @param name unique in the stack, as in `safekeeper-1` or an endpoint's id
/// @param startTicks see [ProcessIdentity]
/// @param addresses by purpose (`http`, `pg`), `host:port`
/// @param runtime the directory its jars were loaded from
@Json(naming = Json.Naming.LowerUnderscore)
public record ProcessFile(
    String kind,
    String name,
    long pid,
    long startTicks,
    Map<String, String> addresses,
    String runtime) {

  public static final String FILE_NAME = "process.json";

  public ProcessFile {
    JsonCodec.required(kind, "kind");
    JsonCodec.required(name, "name");
    addresses = Map.copyOf(JsonCodec.required(addresses, "addresses"));
    JsonCodec.required(runtime, "runtime");
  }

  /// Describes this process.
  public static ProcessFile ofThisProcess(String kind, String name, Map<String, String> addresses)
      throws IOException {
    ProcessIdentity self = ProcessIdentity.current();
    return new ProcessFile(
        kind,
        name,
        self.pid(),
        self.startTicks(),
        addresses,
        System.getProperty("argon.runtime", ""));
  }

  public ProcessIdentity identity() {
    return new ProcessIdentity(pid, startTicks);
  }

  /// Writes the file; a reader sees the old one or the new one, never a part.
  public void write(Path directory) throws IOException {
    Path temporary = directory.resolve(FILE_NAME + ".new");
    Files.writeString(temporary, JsonCodec.toPrettyText(this) + "\n");
    Files.move(
        temporary,
        directory.resolve(FILE_NAME),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /// The file of a directory; empty if no process has written one, and if it is torn. It is not
  /// synced and need not be: only a loss of power tears it, and that ended the process too.
  public static Optional<ProcessFile> read(Path directory) throws IOException {
    Path file = directory.resolve(FILE_NAME);
    try {
      return Optional.of(JsonCodec.fromText(Files.readString(file), ProcessFile.class));
    } catch (NoSuchFileException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
