package dev.argon.compute.memory;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the shim must be told on the postmaster's command line, besides `shared_preload_libraries`.
public final class ShimSettings {

  private ShimSettings() {}

  /// The settings. How much of the relation files may stay is not among them: it changes while the
  /// server runs.
  ///
  /// @param library path of the shim, with or without `.so`
  /// @param sharedMemory the file of [SharedMemory#create]
  /// @param controlSocket where [dev.argon.compute.communicator.ControlSocket] listens
  /// @param proposer the process that may be the synchronous standby
  public static Map<String, String> of(
      Path library, Path sharedMemory, Path controlSocket, long proposer) {
    Map<String, String> settings = new LinkedHashMap<>();
    Path directory = library.toAbsolutePath().getParent();
    settings.put("dynamic_library_path", (directory == null ? "" : directory + ":") + "$libdir");
    settings.put("neon.shared_memory_path", sharedMemory.toAbsolutePath().toString());
    settings.put("neon.control_socket", controlSocket.toAbsolutePath().toString());
    settings.put("neon.proposer_pid", Long.toString(proposer));
    return settings;
  }
}
