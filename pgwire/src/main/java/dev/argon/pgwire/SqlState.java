package dev.argon.pgwire;

/// The SQLSTATEs that Argon's own servers answer with (PostgreSQL's errcodes.txt).
public final class SqlState {

  /// Used as the code of a stream that ends well (Neon's pageserver knows it).
  public static final String SUCCESSFUL_COMPLETION = "00000";

  public static final String CONNECTION_FAILURE = "08006";
  public static final String PROTOCOL_VIOLATION = "08P01";
  public static final String FEATURE_NOT_SUPPORTED = "0A000";
  public static final String INVALID_PARAMETER_VALUE = "22023";
  public static final String INVALID_STATEMENT_NAME = "26000";
  public static final String INVALID_AUTHORIZATION = "28000";
  public static final String INVALID_PASSWORD = "28P01";
  public static final String SYNTAX_ERROR = "42601";
  public static final String UNDEFINED_OBJECT = "42704";
  public static final String TOO_MANY_CONNECTIONS = "53300";
  public static final String DISK_FULL = "53100";
  public static final String OUT_OF_MEMORY = "53200";
  public static final String OBJECT_NOT_IN_PREREQUISITE_STATE = "55000";
  public static final String ADMIN_SHUTDOWN = "57P01";
  public static final String CANNOT_CONNECT_NOW = "57P03";
  public static final String UNDEFINED_FILE = "58P01";
  public static final String INTERNAL_ERROR = "XX000";
  public static final String DATA_CORRUPTED = "XX001";

  private SqlState() {}
}
