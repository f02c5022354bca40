package dev.argon.controlplane.endpoint;

/// What an endpoint's loop is doing.
public enum EndpointState {
  /// No compute runs, or none that answers yet is waited for: a pause before the next attempt
  /// counts.
  IDLE("idle"),
  STARTING("init"),
  ACTIVE("active"),
  STOPPING("active");

  private final String wireName;

  EndpointState(String wireName) {
    this.wireName = wireName;
  }

  /// Neon's name, `current_state`.
  public String wireName() {
    return wireName;
  }
}
