package dev.argon.redo.effect;

import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.ServerParameters;

/// Receives what one WAL record does to storage, piece by piece. The pageserver's ingest files each
/// piece under its key at the record's end LSN. Calls for one record come in the order in which
/// PostgreSQL would have made the changes. Within one record no page gets more than one call: a
/// page has one value per LSN.
///
/// Block numbers, transaction ids and object ids are unsigned 32-bit numbers in an `int`.
public interface EffectSink {

  /// A block reference of the record: the new page is `Redo.apply(old page, record, blockIndex)`. A
  /// block behind the fork's end extends it, zeros between; a fork that does not exist is created.
  ///
  /// @param blockIndex position in the record's list of references (not the block id)
  /// @param willInit whether the old page does not matter
  void relationBlock(RelFileNode relation, int fork, int block, int blockIndex, boolean willInit);

  /// The whole new page is known, its LSN set. The array is the receiver's to keep. A block behind
  /// the fork's end extends it, zeros between; a fork that does not exist is created.
  void relationImage(RelFileNode relation, int fork, int block, byte[] page);

  /// A change that the record implies without a block reference (a visibility map bit, the tail of
  /// a truncated map). The bytes are for `PageChange.apply`; they do not initialise a page. If the
  /// fork does not exist or ends before the block there is nothing to change: it must not be
  /// created or extended for it.
  void relationChange(RelFileNode relation, int fork, int block, byte[] change);

  /// The fork exists from now on with no blocks, unless it exists already: then it keeps its size.
  void relationCreate(RelFileNode relation, int fork);

  /// The fork, if it is longer, ends before `blocks` from now on.
  void relationTruncate(RelFileNode relation, int fork, int blocks);

  /// All forks of the relation are gone.
  void relationDrop(RelFileNode relation);

  /// Every relation, relation map and the directory of one database in one tablespace are gone.
  void databaseDrop(int tablespace, int database);

  /// `CREATE DATABASE ... STRATEGY FILE_COPY`: everything of the source at this LSN is copied.
  void databaseCopy(int fromTablespace, int fromDatabase, int tablespace, int database);

  /// A database directory with its PG_VERSION exists from now on (`CREATE DATABASE ... WAL_LOG`).
  void databaseCreate(int tablespace, int database);

  /// A new relation map file (`pg_filenode.map`), 512 bytes. Database 0 is the shared one.
  void relationMap(int tablespace, int database, byte[] map);

  /// The whole new SLRU page is known.
  void slruImage(Slru slru, int page, byte[] image);

  /// A change of an SLRU page, for `PageChange.apply`. A page that does not exist is one of zeros.
  void slruChange(Slru slru, int page, byte[] change);

  /// Segments (32 pages each) that lie before the one of `oldestPage`, in the SLRU's own circular
  /// order, are gone: those for which [Slru#isBefore] holds.
  void slruTruncate(Slru slru, int oldestPage);

  /// Segments from `firstSegment` (inclusive) to `endSegment` (exclusive), counting upwards and
  /// wrapping after the SLRU's last segment, are gone. Used for multixact members.
  void slruDropSegments(Slru slru, int firstSegment, int endSegment);

  /// A transaction was prepared: the content of its file in `pg_twophase`, checksum included.
  void twoPhaseCreate(int transactionId, byte[] state);

  /// A prepared transaction ended.
  void twoPhaseRemove(int transactionId);

  /// A transaction committed at this record, at `timestampMicros` (microseconds since 2000-01-01
  /// UTC).
  void commitTime(long timestampMicros);

  /// A logical message with a prefix `neon-file:` keeps a file of the data directory: an empty
  /// content deletes it.
  void auxiliaryFile(String path, byte[] content);

  /// A replication origin advanced; a `remoteLsn` of 0 drops it.
  void replicationOrigin(int originId, long remoteLsn);

  /// The server's settings that a control file carries changed (`XLOG_PARAMETER_CHANGE`). Of these
  /// redo needs to know `walLogHints`; a control file made for another server needs all.
  default void parametersChanged(ServerParameters parameters) {}

  /// A tablespace and its directory for this version exist from now on. A `location` of no length
  /// is one inside the data directory.
  default void tablespaceCreate(int tablespace, String location) {}

  /// A tablespace, which is empty, is gone.
  default void tablespaceDrop(int tablespace) {}

  /// A transaction and its subtransactions committed: what `track_commit_timestamp` keeps of it.
  ///
  /// @param timestampMicros since 2000-01-01 UTC; the origin's if it was replicated from elsewhere
  /// @param originId 0 if it was not
  default void commitTimestamp(
      int transactionId, int[] subtransactions, long timestampMicros, int originId) {}

  /// A page of `pg_commit_ts` begins with no timestamps.
  default void commitTimestampZeroPage(int page) {}

  /// Segments of `pg_commit_ts` before that of `oldestPage` are gone, in circular order; the oldest
  /// transaction with a timestamp is this one.
  default void commitTimestampTruncate(int oldestPage, int oldestTransactionId) {}
}
