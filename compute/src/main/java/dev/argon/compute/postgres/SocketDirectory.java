package dev.argon.compute.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// Where PostgreSQL's Unix socket lies: a directory only its owner can enter.
public final class SocketDirectory implements AutoCloseable {

  /// `sockaddr_un.sun_path` has 108 bytes with its NUL (unix(7)). PostgreSQL uses them all, Java's
  /// socket channels one less.
  private static final int ADDRESS_BYTES_MAX = 106;

  private final Path path;
  private final boolean temporary;
  private final int port;

  private SocketDirectory(Path path, boolean temporary, int port) {
    this.path = path;
    this.temporary = temporary;
    this.port = port;
  }

  /// Makes `sock` in the start's directory, or, where that path is too long for a socket address, a
  /// private temporary directory that [#close()] removes.
  public static SocketDirectory create(Path startDirectory, int port) throws IOException {
    Path near = startDirectory.resolve("sock");
    if (length(address(near, port)) <= ADDRESS_BYTES_MAX) {
      Files.createDirectory(
          near, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      return new SocketDirectory(near, false, port);
    }
    SocketDirectory far = new SocketDirectory(Files.createTempDirectory("argon-"), true, port);
    if (length(far.address()) > ADDRESS_BYTES_MAX) {
      throw new IOException(
          "the paths " + near + " and " + far.path + " are too long for a Unix socket");
    }
    return far;
  }

  public Path path() {
    return path;
  }

  /// The socket that PostgreSQL makes in it (`UNIXSOCK_PATH`, pqcomm.h).
  public Path address() {
    return address(path, port);
  }

  private static Path address(Path directory, int port) {
    return directory.resolve(".s.PGSQL." + port);
  }

  private static int length(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  @Override
  public void close() throws IOException {
    if (temporary) {
      Files.deleteIfExists(address());
      Files.deleteIfExists(path.resolve(address().getFileName() + ".lock"));
      Files.deleteIfExists(path);
    }
  }
}
