package dev.argon.controlplane.metadata;

import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// The metadata database refused. A uniqueness conflict is an expected outcome; anything else means
/// that the database or its disk is broken.
public final class MetadataException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final boolean duplicate;

  MetadataException(SQLException cause) {
    super("metadata: " + cause.getMessage(), cause);
    SQLiteErrorCode code =
        cause instanceof SQLiteException e ? e.getResultCode() : SQLiteErrorCode.UNKNOWN_ERROR;
    duplicate =
        code == SQLiteErrorCode.SQLITE_CONSTRAINT_UNIQUE
            || code == SQLiteErrorCode.SQLITE_CONSTRAINT_PRIMARYKEY;
  }

  /// Whether a value that must be unique is there already.
  public boolean isDuplicate() {
    return duplicate;
  }
}
