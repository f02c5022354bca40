package dev.argon.it.process;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/// Directories of tests: directly below `/var/tmp`, because the address of a Unix socket has room
/// for 106 bytes only, and because `/tmp` may be memory.
public final class TestDirectory {

  private TestDirectory() {}

  /// A new empty directory that every user may enter.
  public static Path create(String name) {
    String suffix = Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36), 36);
    Path directory = Path.of("/var/tmp", "argon-it-" + name + "-" + suffix);
    try {
      Files.createDirectory(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
      return directory;
    } catch (IOException e) {
      throw new AssertionError("cannot make " + directory, e);
    }
  }

  /// Gives a file or directory to the user who runs PostgreSQL.
  public static void giveToPostgres(Path path) {
    if ("root".equals(System.getProperty("user.name"))) {
      Command.of("chown", "-R", "postgres:postgres", path.toString())
          .run(Duration.ofMinutes(1))
          .ok();
    }
  }

  /// Deletes what is there; what vanishes or comes up meanwhile is no error, as long as it ends.
  /// The files of a suite take more than half a minute where others write to the disk.
  public static void delete(Path directory) {
    Awaitility.await("deletion of " + directory)
        .atMost(Duration.ofMinutes(5))
        .pollDelay(Duration.ZERO)
        .until(() -> isDeleted(directory));
  }

  private static boolean isDeleted(Path directory) {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
                throws IOException {
              Files.deleteIfExists(visited);
              return FileVisitResult.CONTINUE;
            }
          });
      return true;
    } catch (DirectoryNotEmptyException e) {
      return false; // a process that is about to end wrote one more file
    } catch (IOException e) {
      throw new AssertionError("cannot delete " + directory, e);
    }
  }
}
