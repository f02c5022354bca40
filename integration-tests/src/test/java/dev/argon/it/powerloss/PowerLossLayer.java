package dev.argon.it.powerloss;

import dev.argon.it.process.Command;
import dev.argon.it.process.NativeLibrary;
import dev.argon.it.process.TestDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What would be left of a directory if the power failed. The format of the shadow is told in
/// `src/test/native/shadow.c`.
public final class PowerLossLayer {

  private static final String ATTRIBUTE = "powerloss";

  private final Path library;
  private final Path root;
  private final Path shadow;
  private final List<String> skipped;

  /// @param workspace holds the library and the shadow; not below `root`
  /// @param root the directory to watch; it need not exist yet
  /// @param skipped names directly below `root` that are not watched
  public PowerLossLayer(Path workspace, Path root, List<String> skipped) {
    this.library = workspace.resolve("libpowerloss.so");
    this.root = root;
    this.shadow = workspace.resolve("shadow");
    this.skipped = List.copyOf(skipped);
    try {
      for (Path directory : List.of(shadow, shadow.resolve("f"), shadow.resolve("d"))) {
        Files.createDirectory(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
      }
    } catch (IOException e) {
      throw new AssertionError("cannot make the shadow", e);
    }
    NativeLibrary.compile(library, "-lpthread", List.of("shadow.c", "copy.c", "calls.c"));
  }

  /// What a process that writes below the root must find in its environment.
  public Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "POWERLOSS_ROOT", root.toString(),
        "POWERLOSS_SHADOW", shadow.toString(),
        "POWERLOSS_SKIP", String.join(":", skipped));
  }

  /// Puts what was durable in place of what is there. No process may write below the root any more;
  /// what is skipped stays as it is. Owner and permissions are those of the old root.
  ///
  /// @return what was lost: files and directories that are gone, and files whose bytes differ, as
  ///   paths below the root
  public Set<String> losePower() {
    try {
      Path old = root.resolveSibling(root.getFileName() + ".before");
      Path fresh = root.resolveSibling(root.getFileName() + ".after");
      TestDirectory.delete(fresh);
      Files.createDirectory(fresh);
      restore(idOf(root), fresh);
      Set<String> lost = new TreeSet<>();
      compare(root, fresh, Path.of(""), lost);
      Files.move(root, old);
      for (String name : skipped) {
        if (Files.exists(old.resolve(name))) {
          Files.move(old.resolve(name), fresh.resolve(name));
        }
      }
      Files.move(fresh, root);
      takeOwner(old, root);
      TestDirectory.delete(old);
      return lost;
    } catch (IOException e) {
      throw new AssertionError("cannot put the shadow in place", e);
    }
  }

  private void restore(Optional<String> id, Path target) throws IOException {
    Path names = shadow.resolve("d").resolve(id.orElse("none"));
    if (!Files.isDirectory(names)) {
      return; // the directory was never synced: it is empty
    }
    List<Path> entries;
    try (Stream<Path> all = Files.list(names)) {
      entries = all.filter(e -> !e.getFileName().toString().startsWith(".new.")).toList();
    }
    for (Path entry : entries) {
      Path name = target.resolve(entry.getFileName());
      if (Files.isSymbolicLink(entry)) {
        String below = Files.readSymbolicLink(entry).toString().substring("d:".length());
        Files.createDirectory(name);
        mark(name, below);
        restore(Optional.of(below), name);
      } else {
        // a copy, under the same number: what the next life writes is not durable until it is
        // synced
        Files.copy(entry, name);
        mark(name, idOf(entry).orElseThrow());
      }
    }
    if (id.isPresent()) {
      mark(target, id.get());
    }
  }

  /// Names that are in `old` and not in `fresh`, and files that differ.
  private void compare(Path old, Path fresh, Path below, Set<String> lost) throws IOException {
    List<Path> entries;
    try (Stream<Path> all = Files.list(old)) {
      entries = all.map(Path::getFileName).toList();
    }
    for (Path name : entries) {
      Path before = old.resolve(name);
      Path after = fresh.resolve(name);
      Path path = below.resolve(name);
      if (below.toString().isEmpty() && skipped.contains(name.toString())) {
        continue;
      }
      if (!Files.exists(after, LinkOption.NOFOLLOW_LINKS)) {
        lost.add(path.toString());
      } else if (Files.isDirectory(before)) {
        compare(before, after, path, lost);
      } else if (Files.mismatch(before, after) >= 0) {
        lost.add(path.toString());
      }
    }
  }

  private static void takeOwner(Path example, Path target) throws IOException {
    PosixFileAttributes attributes = Files.readAttributes(example, PosixFileAttributes.class);
    Command.of("chown", "-R", attributes.owner() + ":" + attributes.group(), target.toString())
        .run(Duration.ofMinutes(1))
        .ok();
    Command.of("chmod", "-R", "u=rwX,go=", target.toString()).run(Duration.ofMinutes(1)).ok();
    Files.setPosixFilePermissions(target, attributes.permissions());
  }

  private static void mark(Path path, String id) throws IOException {
    attributes(path)
        .write(
            ATTRIBUTE,
            ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(Long.parseUnsignedLong(id, 16))
                .flip());
  }

  private static UserDefinedFileAttributeView attributes(Path path) {
    return Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
  }

  private static Optional<String> idOf(Path path) throws IOException {
    UserDefinedFileAttributeView view = attributes(path);
    if (!view.list().contains(ATTRIBUTE)) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    view.read(ATTRIBUTE, bytes);
    return Optional.of("%016x".formatted(bytes.getLong(0)));
  }
}
