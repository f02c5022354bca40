package dev.argon.pageserver.layer;

/// The two sorts of layer file.
public enum LayerKind {
  /// Many versions of many keys in a range of LSNs.
  DELTA(1),
  /// Whole values as of one LSN.
  IMAGE(2);

  private final int code;

  LayerKind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
