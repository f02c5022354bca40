package dev.argon.compute.memory;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the shim must be told on the postmaster's command line, besides `shared_preload_libraries`.
public final class ShimSettings {

  private ShimSettings() {}

  /// The settings.
  ///
  /// @param library path of the shim, with or without `.so`
  /// @param sharedMemory the file of [SharedMemory#create]
  /// @param controlSocket where [dev.argon.compute.communicator.ControlSocket] listens
  /// @param proposer the process that may be the synchronous standby
  /// @param cacheLimitMegabytes how much of the relation files may stay; negative is no limit
  public static Map<String, String> of(
      Path library,
      Path sharedMemory,
      Path controlSocket,
      long proposer,
      long cacheLimitMegabytes) {
    Map<String, String> settings = new LinkedHashMap<>();
    Path directory = library.toAbsolutePath().getParent();
    settings.put("dynamic_library_path", (directory == null ? "" : directory + ":") + "$libdir");
    settings.put("neon.shared_memory_path", sharedMemory.toAbsolutePath().toString());
    settings.put("neon.control_socket", controlSocket.toAbsolutePath().toString());
    settings.put("neon.proposer_pid", Long.toString(proposer));
    settings.put(
        "neon.file_cache_size_limit", Long.toString(Math.max(cacheLimitMegabytes, -1)) + "MB");
    if (cacheLimitMegabytes < 0) {
      settings.put("neon.file_cache_size_limit", "-1");
    }
    return settings;
  }
}
