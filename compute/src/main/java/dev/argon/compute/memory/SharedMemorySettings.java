package dev.argon.compute.memory;

import dev.argon.postgres.Lsn;

/// What the shared file is made for.
///
/// @param bootLsn where this PostgreSQL goes on: no block changed at the pageserver after it but by
///   this compute. For a static compute its LSN; for a replica where it begins to replay
/// @param mode what kind of server it is for
/// @param processes an upper bound of the server's processes (`max_connections` and all workers);
///   more share counters and wait for request slots, nothing breaks
/// @param chunkMax how many chunks of 8 MiB, of all forks, can be known at a time
public record SharedMemorySettings(Lsn bootLsn, Mode mode, int processes, int chunkMax) {

  /// What kind of server uses it.
  public enum Mode {
    /// Writes.
    PRIMARY(SharedMemoryLayout.MODE_PRIMARY),
    /// Shows one position for ever.
    STATIC(SharedMemoryLayout.MODE_STATIC),
    /// Replays what another one writes.
    REPLICA(SharedMemoryLayout.MODE_REPLICA);

    private final int number;

    Mode(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

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

  public static SharedMemorySettings of(Lsn bootLsn, Mode mode, int processes) {
    return new SharedMemorySettings(bootLsn, mode, processes, DEFAULT_CHUNK_MAX);
  }
}
