package dev.argon.it.compute;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.TestDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;

/// Access methods that users install beside PostgreSQL: `fetch-access-methods` gets them. Nothing
/// is installed on the machine, so their functions name the libraries by path instead of `CREATE
/// EXTENSION`.
final class OtherAccessMethods implements AutoCloseable {

  private static final Path SCRIPT =
      Path.of(System.getProperty("argon.root", ".."))
          .toAbsolutePath()
          .normalize()
          .resolve("integration-tests/src/test/suites/fetch-access-methods");

  private static final Duration LIMIT = Duration.ofMinutes(10);

  private final Path fetched;

  /// The server may read it, unlike the cache of who runs the test.
  private final Path libraries = TestDirectory.create("libraries");

  private OtherAccessMethods(Path fetched) {
    this.fetched = fetched;
  }

  /// Gets them from Debian's archive, if they are not here yet.
  static Command.Result fetch() {
    return Command.of(SCRIPT.toString()).run(LIMIT);
  }

  /// What was fetched, until it is closed.
  static OtherAccessMethods of(Command.Result fetched) {
    return new OtherAccessMethods(Path.of(fetched.ok().out().strip()));
  }

  /// Makes what the extension would make, in the current database.
  ///
  /// @param name `rum` or `vector`
  void create(String name, ConnectionSource source) throws SQLException {
    try {
      Path library = libraries.resolve(name + ".so");
      Files.copy(fetched.resolve(name + ".so"), library);
      Files.setPosixFilePermissions(library, PosixFilePermissions.fromString("rwxr-xr-x"));
      source.execute(
          Files.readString(fetched.resolve(name + ".sql"))
              .replace("MODULE_PATHNAME", library.toString()));
    } catch (IOException e) {
      throw new AssertionError("no library " + name, e);
    }
  }

  @Override
  public void close() {
    TestDirectory.delete(libraries);
  }
}
