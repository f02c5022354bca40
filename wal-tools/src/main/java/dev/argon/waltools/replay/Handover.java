package dev.argon.waltools.replay;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/// Gives a new data directory the owner of the one it was made from, and the permissions that a
/// server insists on; waits for the disk.
final class Handover {

  private final PosixFileAttributes model;
  private final Path out;
  private final boolean isRoot = System.getProperty("user.name", "").equals("root");

  Handover(Path base, Path out) throws IOException {
    model = Files.readAttributes(base, PosixFileAttributes.class);
    this.out = out;
  }

  void run(boolean sync) throws IOException {
    Files.walkFileTree(
        out,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (sync) {
              try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.force(true);
              }
            }
            give(file, "rw-------");
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            if (sync) {
              try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
              }
            }
            give(directory, "rwx------");
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void give(Path path, String permissions) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    view.setPermissions(PosixFilePermissions.fromString(permissions));
    if (isRoot) {
      view.setOwner(model.owner());
      view.setGroup(model.group());
    }
  }
}
