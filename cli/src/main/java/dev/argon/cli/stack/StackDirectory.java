package dev.argon.cli.stack;

import dev.argon.cli.CliException;
import dev.argon.node.DirectoryLock;
import dev.argon.node.ExitException;
import dev.argon.node.JsonCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The data directory of a local stack.
public record StackDirectory(Path path) {

  private static final String FILE_NAME = "argon.json";
  private static final String LOCK_NAME = "argon.lock";

  /// What may lie there before `argon.json`: left by a first start that did not get far, or put
  /// there for it.
  private static final Set<String> BEFORE_FILE =
      Set.of(
          LOCK_NAME,
          FILE_NAME + ".new",
          "object-store",
          "endpoints",
          "runtime",
          "logs",
          StackTls.DIRECTORY);

  /// The directory under its real name: what `/proc` says of processes in it is compared with that.
  public static StackDirectory of(Path path) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    Path existing = absolute;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    return new StackDirectory(existing.toRealPath().resolve(existing.relativize(absolute)));
  }

  /// Where the data is if the user does not say: `$ARGON_DATA`; for root `/var/lib/argon`; else in
  /// the user's data directory (XDG base directory specification).
  public static Path defaultPath(ProcessUser user) {
    String fromEnvironment = System.getenv("ARGON_DATA");
    if (fromEnvironment != null && !fromEnvironment.isEmpty()) {
      return Path.of(fromEnvironment);
    }
    if (user.isRoot()) {
      return Path.of("/var/lib/argon");
    }
    String xdg = System.getenv("XDG_DATA_HOME");
    if (xdg != null && !xdg.isEmpty()) {
      return Path.of(xdg, "argon");
    }
    // The JVM's user.home is the password file's, whatever the environment says.
    String home = System.getenv("HOME");
    Path userHome =
        Path.of(home != null && !home.isEmpty() ? home : System.getProperty("user.home"));
    return userHome.resolve(".local").resolve("share").resolve("argon");
  }

  /// Holds the stack for one command that changes it.
  ///
  /// @throws CliException if another command does
  public DirectoryLock lock() throws IOException, CliException {
    try {
      return DirectoryLock.take(path, LOCK_NAME, "argon command");
    } catch (ExitException e) {
      throw new CliException(e.getMessage() + ": wait until it is done", e);
    }
  }

  /// What was decided; empty if there is no stack here.
  ///
  /// @throws CliException if the directory is of another format or not ours
  public Optional<StackFile> read() throws IOException, CliException {
    Path file = path.resolve(FILE_NAME);
    if (!Files.exists(file)) {
      refuseForeign();
      return Optional.empty();
    }
    StackFile stack;
    try {
      stack = JsonCodec.fromText(Files.readString(file), StackFile.class);
    } catch (IllegalArgumentException e) {
      throw new CliException(file + " is damaged: " + e.getMessage(), e);
    }
    if (!stack.isReadable()) {
      throw new CliException(
          path
              + " has format version "
              + stack.formatVersion()
              + ", this argon reads versions up to "
              + StackFile.FORMAT_VERSION
              + ": use the argon that made it, or another --data");
    }
    return Optional.of(stack);
  }

  private void refuseForeign() throws IOException, CliException {
    if (!Files.isDirectory(path)) {
      return;
    }
    try (Stream<Path> entries = Files.list(path)) {
      List<String> foreign =
          entries
              .map(entry -> entry.getFileName().toString())
              .filter(name -> !BEFORE_FILE.contains(name) && !name.equals("lost+found"))
              .toList();
      if (!foreign.isEmpty()) {
        throw new CliException(
            path + " is not empty and not an Argon data directory: choose another with --data");
      }
    }
  }

  /// The stack that must be there.
  public StackFile require() throws IOException, CliException {
    return read()
        .orElseThrow(
            () -> new CliException("there is no stack in " + path + ": make one with `argon up`"));
  }

  void write(StackFile stack) throws IOException {
    Path temporary = path.resolve(FILE_NAME + ".new");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer text = StandardCharsets.UTF_8.encode(JsonCodec.toPrettyText(stack) + "\n");
      while (text.hasRemaining()) {
        channel.write(text);
      }
      channel.force(true);
    }
    Files.move(
        temporary,
        path.resolve(FILE_NAME),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    syncEntries();
  }

  /// Makes the names in the data directory durable.
  void syncEntries() throws IOException {
    sync(path);
  }

  /// Makes a file's bytes, or a directory's names, durable.
  static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      channel.force(true);
    }
  }

  public Path process(String name) {
    return path.resolve(name);
  }

  public Path log(String name) {
    return path.resolve("logs").resolve(name + ".log");
  }

  public Path objectStore() {
    return path.resolve("object-store");
  }

  public Path endpoints() {
    return path.resolve("endpoints");
  }

  public Path runtimes() {
    return path.resolve("runtime");
  }
}
