package dev.argon.compute.memory;

import dev.argon.postgres.Lsn;

/// What the shared file is made for.
///
/// @param bootLsn where this PostgreSQL goes on: no block changed at the pageserver after it but by
///   this compute. For a static compute its LSN
/// @param readOnly whether it is a static compute
/// @param processes an upper bound of the server's processes (`max_connections` and all workers);
///   more share counters and wait for request slots, nothing breaks
/// @param chunkMax how many chunks of 8 MiB, of all forks, can be known at a time
public record SharedMemorySettings(Lsn bootLsn, boolean readOnly, int processes, int chunkMax) {

  /// 4 Mi chunks: up to 32 TiB. The file is sparse: 16 KiB of it for each chunk in use.
  public static final int DEFAULT_CHUNK_MAX = 4 << 20;

  public SharedMemorySettings {
    if (processes < 1 || processes > 65_536) {
      throw new IllegalArgumentException("processes: " + processes);
    }
    if (chunkMax < 1 || chunkMax > 1 << 26) {
      throw new IllegalArgumentException("chunkMax: " + chunkMax);
    }
  }

  public static SharedMemorySettings of(Lsn bootLsn, boolean readOnly, int processes) {
    return new SharedMemorySettings(bootLsn, readOnly, processes, DEFAULT_CHUNK_MAX);
  }
}
