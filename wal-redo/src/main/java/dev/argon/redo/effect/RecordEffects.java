package dev.argon.redo.effect;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.ServerParameters;
import dev.argon.postgres.page.Page;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import java.nio.charset.StandardCharsets;

/// Takes a WAL record apart into what it does to storage: PostgreSQL's redo functions without the
/// pages. Stateless; any thread.
///
/// Within one record no page gets more than one call of `relationBlock`, `relationImage`,
/// `relationChange`, `slruImage` or `slruChange`: a page has one value per LSN.
///
/// Left out, because nothing of it outlives a server here: locks and snapshots of standbys, files
/// of logical rewrites, the free space map's upper pages after a truncation (they are estimates
/// that correct themselves).
public final class RecordEffects {

  private static final int XLOG_PARAMETER_CHANGE = 0x60;
  private static final int XLOG_FPI_FOR_HINT = 0xA0;
  private static final int XLOG_FPI = 0xB0;

  // Records whose redo goes on changing a page after restoring its image (hash_xlog.h, gistxlog.h).
  private static final int HASH_SPLIT_ALLOCATE_PAGE = 0x40;
  private static final int HASH_SPLIT_COMPLETE = 0x60;
  private static final int GIST_PAGE_UPDATE = 0x00;
  private static final int GIST_PAGE_SPLIT = 0x30;

  private static final int LOGICAL_MESSAGE = 0x00;
  private static final String FILE_PREFIX = "neon-file:";

  private static final int REPLORIGIN_SET = 0x00;
  private static final int REPLORIGIN_DROP = 0x10;

  private RecordEffects() {}

  /// Hands everything a record does to `sink`, in the order in which PostgreSQL does it.
  ///
  /// @param endLsn where the record ends, the LSN of the pages it leaves
  /// @throws CorruptDataException if the record is none that a server of this version writes; some
  ///   calls may have been made already
  public static void decode(WalRecord record, long endLsn, EffectSink sink)
      throws CorruptDataException {
    try {
      decodeImplied(record, sink);
      decodeBlocks(record, endLsn, sink);
    } catch (CorruptDataException e) {
      throw ending(endLsn, e);
    }
  }

  /// As [#decode], but for the blocks that the record refers to: what else it does. For who applies
  /// references to pages at once.
  public static void decodeWithoutBlocks(WalRecord record, long endLsn, EffectSink sink)
      throws CorruptDataException {
    try {
      decodeImplied(record, sink);
    } catch (CorruptDataException e) {
      throw ending(endLsn, e);
    }
  }

  private static CorruptDataException ending(long endLsn, CorruptDataException e) {
    return new CorruptDataException(
        "WAL record that ends at " + Lsn.toString(endLsn) + ": " + e.getMessage(), e);
  }

  private static void decodeImplied(WalRecord record, EffectSink sink) throws CorruptDataException {
    switch (record.resourceManager()) {
      case ResourceManager.HEAP, ResourceManager.HEAP2 -> HeapEffects.decode(record, sink);
      case ResourceManager.XLOG -> decodeXlog(record, sink);
      case ResourceManager.XACT -> TransactionEffects.decode(record, sink);
      case ResourceManager.SMGR -> StorageEffects.decodeStorage(record, sink);
      case ResourceManager.DBASE -> StorageEffects.decodeDatabase(record, sink);
      case ResourceManager.RELMAP -> StorageEffects.decodeRelationMap(record, sink);
      case ResourceManager.CLOG -> SlruEffects.decodeCommitLog(record, sink);
      case ResourceManager.MULTIXACT -> SlruEffects.decodeMultiXact(record, sink);
      case ResourceManager.LOGICALMSG -> decodeMessage(record, sink);
      case ResourceManager.REPLORIGIN -> decodeOrigin(record, sink);
      case ResourceManager.TBLSPC -> StorageEffects.decodeTablespace(record, sink);
      case ResourceManager.COMMIT_TS -> SlruEffects.decodeCommitTimestamps(record, sink);
      default -> {
        // Block references only, or nothing.
      }
    }
  }

  static CorruptDataException unknown(WalRecord record) {
    return new CorruptDataException("no such record: " + record);
  }

  private static void decodeBlocks(WalRecord record, long endLsn, EffectSink sink)
      throws CorruptDataException {
    int count = record.blockCount();
    for (int i = 0; i < count; i++) {
      RelFileNode relation = record.blockRelation(i);
      int fork = record.blockFork(i);
      int block = record.blockNumber(i);
      boolean image = record.blockImageApplies(i);
      if (image && !isChangedAfterImage(record, i)) {
        sink.relationImage(relation, fork, block, restore(record, i, endLsn));
      } else if (image || !isEmptyReference(record)) {
        sink.relationBlock(relation, fork, block, i, image || record.blockWillInit(i));
      }
    }
  }

  private static byte[] restore(WalRecord record, int i, long endLsn) throws CorruptDataException {
    byte[] page = new byte[WalRecord.PAGE_SIZE];
    record.blockImage(i, page);
    // A page that was never initialised has no LSN; one would make it look damaged.
    if (!Page.isNew(page)) {
      Page.setLsn(page, endLsn);
    }
    return page;
  }

  private static boolean isChangedAfterImage(WalRecord record, int i) {
    int id = record.blockId(i);
    int info = record.info();
    return switch (record.resourceManager()) {
      case ResourceManager.HASH ->
          (info == HASH_SPLIT_ALLOCATE_PAGE && id == 0) || (info == HASH_SPLIT_COMPLETE && id <= 1);
      case ResourceManager.GIST ->
          (info == GIST_PAGE_UPDATE && id == 1) || (info == GIST_PAGE_SPLIT && id == 0);
      default -> false;
    };
  }

  // Full-page image records do nothing but restore. Those for hint bits may come without an image,
  // when full-page writes are off.
  private static boolean isEmptyReference(WalRecord record) throws CorruptDataException {
    if (record.resourceManager() != ResourceManager.XLOG) {
      return false;
    }
    if (record.info() == XLOG_FPI) {
      throw new CorruptDataException("full-page image record without an image");
    }
    return record.info() == XLOG_FPI_FOR_HINT;
  }

  // Checkpoints and counters are CheckPointState's; images are among the block references.
  private static void decodeXlog(WalRecord record, EffectSink sink) throws CorruptDataException {
    if (record.info() != XLOG_PARAMETER_CHANGE) {
      return;
    }
    RecordData data = new RecordData(record);
    int maxConnections = data.readInt();
    int maxWorkerProcesses = data.readInt();
    int maxWalSenders = data.readInt();
    int maxPreparedTransactions = data.readInt();
    int maxLocksPerTransaction = data.readInt();
    int walLevel = data.readInt();
    boolean walLogHints = data.readByte() != 0;
    sink.parametersChanged(
        new ServerParameters(
            walLevel,
            walLogHints,
            maxConnections,
            maxWorkerProcesses,
            maxWalSenders,
            maxPreparedTransactions,
            maxLocksPerTransaction,
            data.readByte() != 0));
  }

  private static void decodeMessage(WalRecord record, EffectSink sink) throws CorruptDataException {
    if (record.info() != LOGICAL_MESSAGE) {
      throw unknown(record);
    }
    RecordData data = new RecordData(record);
    data.skip(8); // database, whether transactional, padding
    long prefixLength = data.readLong();
    long contentLength = data.readLong();
    if (prefixLength < 1 || contentLength < 0 || prefixLength + contentLength != data.remaining()) {
      throw new CorruptDataException("logical message whose lengths do not fit: " + record);
    }
    if (prefixLength <= FILE_PREFIX.length()) {
      return;
    }
    byte[] prefix = data.readBytes((int) prefixLength);
    String text = new String(prefix, 0, prefix.length - 1, StandardCharsets.UTF_8);
    if (text.startsWith(FILE_PREFIX)) {
      String path = text.substring(FILE_PREFIX.length());
      sink.auxiliaryFile(path, data.readBytes((int) contentLength));
    }
  }

  private static void decodeOrigin(WalRecord record, EffectSink sink) throws CorruptDataException {
    RecordData data = new RecordData(record);
    switch (record.info()) {
      case REPLORIGIN_SET -> {
        long remoteLsn = data.readLong();
        sink.replicationOrigin(data.readShort(), remoteLsn);
      }
      case REPLORIGIN_DROP -> sink.replicationOrigin(data.readShort(), 0);
      default -> throw unknown(record);
    }
  }
}
