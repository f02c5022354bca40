package dev.argon.safekeeper.archive;

/// When a safekeeper archives, forgets and evicts. All in milliseconds.
///
/// @param partialIdle how long a timeline must be idle before its last, unfinished segment is put
///   into the object store
/// @param evictionIdle how long it must be idle before its WAL is removed from the local disk;
///   negative: never
/// @param retention how long a whole segment stays in the object store at least, although nobody
///   needs it; negative: for ever
/// @param turnWait how much later than the one before it in turn a safekeeper puts a segment that
///   is still missing in the object store
public record ArchiveSettings(long partialIdle, long evictionIdle, long retention, long turnWait) {

  /// A quarter of an hour until the unfinished segment is put, no eviction, a week of retention.
  public static final ArchiveSettings DEFAULT =
      new ArchiveSettings(15 * 60_000L, -1, 7 * 24 * 3_600_000L, 2_000);
}
