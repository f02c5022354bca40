package dev.argon.compute.spec;

import java.nio.file.Path;

/// The stock server this compute runs.
///
/// @param bin the directory of `postgres`
/// @param extensionLibrary the shim, without `.so`
/// @param majorVersion as in 15
public record PostgresInstallation(Path bin, Path extensionLibrary, int majorVersion) {

  public Path server() {
    return bin.resolve("postgres");
  }
}
