package dev.argon.postgres.control;

import dev.argon.postgres.CorruptDataException;

/// What the control file says about the server (`DBState`, pg_control.h).
public enum DatabaseState {
  STARTUP(0),
  SHUT_DOWN(1),
  SHUT_DOWN_IN_RECOVERY(2),
  SHUTTING_DOWN(3),
  IN_CRASH_RECOVERY(4),
  IN_ARCHIVE_RECOVERY(5),
  IN_PRODUCTION(6);

  private final int number;

  DatabaseState(int number) {
    this.number = number;
  }

  /// As it stands in the file.
  public int number() {
    return number;
  }

  static DatabaseState of(int number) throws CorruptDataException {
    for (DatabaseState state : values()) {
      if (state.number == number) {
        return state;
      }
    }
    throw new CorruptDataException("control file with state " + number);
  }
}
