package dev.argon.redo;

import dev.argon.postgres.wal.ResourceManager;

/// A record whose redo for the asked block does not exist here: the page after it is not known.
public final class UnsupportedRecordException extends Exception {

  private static final long serialVersionUID = 1;

  private final int resourceManager;
  private final int info;

  public UnsupportedRecordException(int resourceManager, int info, String where) {
    super(
        "no redo for %s records with info 0x%02X (%s)"
            .formatted(ResourceManager.name(resourceManager), info, where));
    this.resourceManager = resourceManager;
    this.info = info;
  }

  /// `xl_rmid`; see [ResourceManager].
  public int resourceManager() {
    return resourceManager;
  }

  /// The resource manager's bits of `xl_info` (0xF0).
  public int info() {
    return info;
  }
}
