package dev.argon.it.compute;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.Stack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;

/// The functions of `src/test/native/server_functions.c` in a server: they move counters to where
/// they come after years.
public final class TestServerFunctions {

  private static final String INCLUDES = "/usr/include/postgresql/15/server";

  private TestServerFunctions() {}

  /// Compiles the library, unless that was done, and creates the functions.
  public static void load(Stack stack, ConnectionSource source) throws SQLException {
    Path library = stack.workspace().resolve("server_functions.so");
    if (!Files.exists(library)) {
      compile(library);
    }
    source.execute(
        "create or replace function set_next_oid(bigint) returns void language c strict as '"
            + library
            + "', 'set_next_oid'",
        "create or replace function consume_xids(bigint) returns bigint language c strict as '"
            + library
            + "', 'consume_xids'");
  }

  private static void compile(Path library) {
    Path file =
        Path.of(
                System.getProperty("argon.root", ".."),
                "integration-tests/src/test/native/server_functions.c")
            .toAbsolutePath();
    Command.of(
            "gcc",
            "-O2",
            "-Wall",
            "-Werror",
            "-fPIC",
            "-shared",
            "-I" + INCLUDES,
            "-o",
            library.toString(),
            file.toString())
        .run(Duration.ofMinutes(1))
        .ok();
  }
}
