package dev.argon.it.process;

import java.nio.file.Files;
import java.nio.file.Path;

/// The programs of Debian's PostgreSQL packages.
public final class PostgresPrograms {

  private static final Path BIN =
      Path.of(System.getProperty("argon.postgres.bin", "/usr/lib/postgresql/15/bin"));

  private PostgresPrograms() {}

  public static String path(String name) {
    Path program = BIN.resolve(name);
    if (!Files.isExecutable(program)) {
      throw new AssertionError(program + " is missing: install postgresql-15");
    }
    return program.toString();
  }
}
