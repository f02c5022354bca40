package dev.argon.pageservice;

/// What every page request begins with and every response repeats.
///
/// @param requestId the sender's own number; not looked at by the pageserver
/// @param requestLsn the newest state the caller may see; all ones means "newest"
/// @param notModifiedSinceLsn the caller guarantees that what it asks for did not change after this
///   position and up to `requestLsn`; the pageserver waits until it has ingested this one
public record RequestHeader(long requestId, long requestLsn, long notModifiedSinceLsn) {

  /// `requestLsn` of a caller that wants the newest state.
  public static final long NEWEST = -1L;

  static final int SIZE = 3 * Long.BYTES;
}
