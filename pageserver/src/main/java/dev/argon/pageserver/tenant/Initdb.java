package dev.argon.pageserver.tenant;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs PostgreSQL's initdb in a directory that is removed afterwards.
final class Initdb implements AutoCloseable {

  private static final long TIMEOUT_SECONDS = 120;
  private static final int OUTPUT_MAX = 4000;

  private final Path directory;

  private Initdb(Path directory) {
    this.directory = directory;
  }

  /// The data directory.
  Path dataDirectory() {
    return directory.resolve("data");
  }

  /// Makes a cluster.
  ///
  /// @param parent where the directory is made
  /// @throws IOException with what initdb said, if it fails
  static Initdb run(Path postgresBin, Path parent, String locale, String superuser, String password)
      throws IOException, InterruptedException {
    Files.createDirectories(parent);
    Path directory = Files.createTempDirectory(parent, "initdb-");
    Initdb initdb = new Initdb(directory);
    boolean done = false;
    try {
      initdb.run(postgresBin, locale, superuser, password);
      done = true;
      return initdb;
    } finally {
      if (!done) {
        initdb.close();
      }
    }
  }

  private void run(Path postgresBin, String locale, String superuser, String password)
      throws IOException, InterruptedException {
    Path passwordFile = directory.resolve("password");
    Files.createFile(
        passwordFile,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(passwordFile, password + "\n", StandardCharsets.UTF_8);
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      // PostgreSQL does not run as root.
      var postgres =
          directory
              .getFileSystem()
              .getUserPrincipalLookupService()
              .lookupPrincipalByName("postgres");
      Files.setOwner(directory, postgres);
      Files.setOwner(passwordFile, postgres);
      command.addAll(
          List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"));
    }
    command.addAll(
        List.of(
            postgresBin.resolve("initdb").toString(),
            "-D",
            dataDirectory().toString(),
            "--locale=" + locale,
            "-E",
            "UTF8",
            "-U",
            superuser,
            "--pwfile=" + passwordFile,
            "--auth-local=scram-sha-256",
            "--auth-host=scram-sha-256",
            "--no-sync"));
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = false;
    try {
      ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } finally {
      if (!ended) {
        process.destroyForcibly();
      }
    }
    if (!ended || process.exitValue() != 0) {
      String text = Files.readString(output, StandardCharsets.UTF_8).strip();
      throw new IOException(
          "initdb failed: " + text.substring(Math.max(0, text.length() - OUTPUT_MAX)));
    }
  }

  @Override
  public void close() throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(
              Path visited, java.io.@org.jspecify.annotations.Nullable IOException e)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
