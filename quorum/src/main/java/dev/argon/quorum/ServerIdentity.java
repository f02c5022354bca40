package dev.argon.quorum;

/// What is fixed about the PostgreSQL whose WAL a timeline keeps.
///
/// @param pgVersion `PG_VERSION_NUM`, like 150020
/// @param systemId `pg_control`'s system identifier; 0 in a message means "not told"
/// @param walSegmentBytes the size of a WAL segment
public record ServerIdentity(int pgVersion, long systemId, int walSegmentBytes) {

  private static final int MAJOR = 10_000;

  /// Why WAL of `other` must not be appended to a timeline of this server, or empty if it may.
  public String differenceTo(ServerIdentity other) {
    if (pgVersion / MAJOR != other.pgVersion / MAJOR) {
      return "major version " + other.pgVersion / MAJOR + " instead of " + pgVersion / MAJOR;
    }
    if (walSegmentBytes != other.walSegmentBytes) {
      return "WAL segments of " + other.walSegmentBytes + " bytes instead of " + walSegmentBytes;
    }
    if (other.systemId != 0 && systemId != other.systemId) {
      return "system id "
          + Long.toUnsignedString(other.systemId)
          + " instead of "
          + Long.toUnsignedString(systemId);
    }
    return "";
  }
}
