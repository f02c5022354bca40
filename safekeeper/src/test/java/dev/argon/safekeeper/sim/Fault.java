package dev.argon.safekeeper.sim;

/// What goes wrong in a run.
enum Fault {
  MESSAGES_LOST,
  MESSAGES_REPEATED,
  MESSAGES_REORDERED,
  CONNECTION_BROKEN,
  PARTITION,
  ONE_WAY_PARTITION,
  SAFEKEEPER_PAUSED,
  COMPUTE_PAUSED,
  COMPUTE_CRASHED,
  SECOND_COMPUTE,
  /// Between two steps; alone, or with its machine: then what was not synced is lost or torn.
  SAFEKEEPER_CRASHED,
  /// Before or after a certain write, sync or rename.
  CRASH_IN_WRITE,
  DISK_FULL,
  SYNC_FAILED,
  DISK_LOST,
  BIT_ROT,
  CLOCK_JUMP,
  MEMBERSHIP_CHANGE,
  MEMBERSHIP_CHANGE_ABORTED,
  CONTROL_PLANE_CRASHED
}
