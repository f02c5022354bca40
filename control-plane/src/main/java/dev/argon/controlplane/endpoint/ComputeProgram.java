package dev.argon.controlplane.endpoint;

import java.nio.file.Path;
import java.util.List;

/// How to run a compute on this machine.
///
/// @param command the JVM with its options and class path, up to and without the program's
///   arguments
/// @param postgresBin the directory of PostgreSQL's programs
/// @param extensionLibrary the shim's path without `.so`
/// @param host the address that endpoints listen on
/// @param objectStore the object store's directory: computes keep there what outlives them
public record ComputeProgram(
    List<String> command,
    Path postgresBin,
    String extensionLibrary,
    String host,
    Path objectStore) {

  public ComputeProgram {
    command = List.copyOf(command);
  }
}
