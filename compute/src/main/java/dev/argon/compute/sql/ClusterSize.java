package dev.argon.compute.sql;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.regex.Pattern;

/// How large the relations of all databases are. Their files have their true size, whatever of them
/// is here.
final class ClusterSize {

  /// `GetRelationPath` of relpath.c; temporary relations do not count.
  private static final Pattern RELATION_FILE = Pattern.compile("\\d+(_fsm|_vm|_init)?(\\.\\d+)?");

  private ClusterSize() {}

  static long bytes(Path dataDirectory) throws IOException {
    Sum sum = new Sum();
    for (String directory : List.of("global", "base")) {
      Files.walkFileTree(dataDirectory.resolve(directory), sum);
    }
    return sum.bytes;
  }

  private static final class Sum extends SimpleFileVisitor<Path> {

    private long bytes;

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (RELATION_FILE.matcher(file.getFileName().toString()).matches()) {
        bytes += attributes.size();
      }
      return FileVisitResult.CONTINUE;
    }

    /// Relations come and go meanwhile.
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException reason) {
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(
        Path directory, @org.jspecify.annotations.Nullable IOException reason) {
      return FileVisitResult.CONTINUE;
    }
  }
}
