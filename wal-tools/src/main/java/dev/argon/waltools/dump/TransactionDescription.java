package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.wal.WalRecord;

/// Transaction: commits, aborts, prepared transactions, subtransactions (xact.h; `xactdesc.c`).
final class TransactionDescription implements RecordDescription {

  /// `XLOG_XACT_OPMASK`: the highest bit says that flags follow.
  static final int OPERATION_MASK = 0x70;

  private static final int HAS_INFO = 0x80;

  private static final int COMMIT = 0x00;
  private static final int PREPARE = 0x10;
  private static final int ABORT = 0x20;
  private static final int COMMIT_PREPARED = 0x30;
  private static final int ABORT_PREPARED = 0x40;
  private static final int ASSIGNMENT = 0x50;
  private static final int INVALIDATIONS = 0x60;

  // xl_xact_xinfo: what follows, in this order, but dropped statistics before invalidations.
  private static final int HAS_DATABASE = 1;
  private static final int HAS_SUBTRANSACTIONS = 1 << 1;
  private static final int HAS_RELATIONS = 1 << 2;
  private static final int HAS_INVALIDATIONS = 1 << 3;
  private static final int HAS_TWO_PHASE = 1 << 4;
  private static final int HAS_ORIGIN = 1 << 5;
  private static final int HAS_GID = 1 << 7;
  private static final int HAS_DROPPED_STATISTICS = 1 << 8;
  private static final int APPLY_FEEDBACK = 1 << 29;
  private static final int UPDATE_RELATION_CACHE_FILE = 1 << 30;
  private static final int FORCE_SYNC_COMMIT = 1 << 31;

  private static final int RELATION_SIZE = 12;
  private static final int STATISTICS_SIZE = 12;

  @Override
  public String name(int info) {
    return switch (info & OPERATION_MASK) {
      case COMMIT -> "COMMIT";
      case PREPARE -> "PREPARE";
      case ABORT -> "ABORT";
      case COMMIT_PREPARED -> "COMMIT_PREPARED";
      case ABORT_PREPARED -> "ABORT_PREPARED";
      case ASSIGNMENT -> "ASSIGNMENT";
      case INVALIDATIONS -> "INVALIDATION";
      default -> "";
    };
  }

  @Override
  public void describe(WalRecord record, DescriptionText text) throws CorruptDataException {
    RecordFields data = RecordFields.ofMainData(record);
    switch (record.info() & OPERATION_MASK) {
      case COMMIT, COMMIT_PREPARED -> describeEnd(record, data, true, text);
      case ABORT, ABORT_PREPARED -> describeEnd(record, data, false, text);
      case PREPARE -> describePrepare(record, data, text);
      case ASSIGNMENT -> {
        text.add("xtop ").unsigned(data.integer(0)).add(": subxacts:");
        addNumbers(data, 8, data.count(4, 8, Integer.BYTES), text);
      }
      case INVALIDATIONS -> InvalidationMessages.describe(data, 0, 0, 0, false, text);
      default -> {
        // No such record.
      }
    }
  }

  private static void describeEnd(
      WalRecord record, RecordFields data, boolean committed, DescriptionText text)
      throws CorruptDataException {
    int at = 8;
    int flags = 0;
    if ((record.info() & HAS_INFO) != 0) {
      flags = data.integer(at);
      at += 4;
    }
    int database = 0;
    int tablespace = 0;
    if ((flags & HAS_DATABASE) != 0) {
      database = data.integer(at);
      tablespace = data.integer(at + 4);
      at += 8;
    }
    Items subtransactions = new Items(data, at, (flags & HAS_SUBTRANSACTIONS) != 0, Integer.BYTES);
    Items relations =
        new Items(data, subtransactions.end, (flags & HAS_RELATIONS) != 0, RELATION_SIZE);
    Items statistics =
        new Items(data, relations.end, (flags & HAS_DROPPED_STATISTICS) != 0, STATISTICS_SIZE);
    Items invalidations =
        new Items(
            data,
            statistics.end,
            committed && (flags & HAS_INVALIDATIONS) != 0,
            InvalidationMessages.SIZE);
    at = invalidations.end;
    if ((flags & HAS_TWO_PHASE) != 0) {
      if (data.integer(at) != 0) {
        text.unsigned(data.integer(at)).add(": ");
      }
      at += 4;
      if ((flags & HAS_GID) != 0) {
        at += data.textSize(at);
      }
    }
    text.time(data.longInteger(0));
    addRelations("rels", data, relations.first, relations.count, text);
    addSubtransactions(data, subtransactions.first, subtransactions.count, text);
    if (committed) {
      addStatistics("", data, statistics.first, statistics.count, text);
      InvalidationMessages.describe(
          data,
          invalidations.first,
          invalidations.count,
          database,
          tablespace,
          (flags & UPDATE_RELATION_CACHE_FILE) != 0,
          text);
      text.add((flags & APPLY_FEEDBACK) != 0 ? "; apply_feedback" : "");
      text.add((flags & FORCE_SYNC_COMMIT) != 0 ? "; sync" : "");
    }
    if ((flags & HAS_ORIGIN) != 0) {
      addOrigin(record, data, at, text);
    }
    if (!committed) {
      addStatistics("", data, statistics.first, statistics.count, text);
    }
  }

  /// A number of items and the items, or nothing at all.
  private static final class Items {
    final int first;
    final int count;
    final int end;

    Items(RecordFields data, int at, boolean present, int size) throws CorruptDataException {
      first = present ? at + 4 : at;
      count = present ? data.count(at, first, size) : 0;
      end = first + count * size;
    }
  }

  /// `xl_xact_prepare`: a header of 72 bytes, then parts that are each aligned to 8.
  private static void describePrepare(WalRecord record, RecordFields data, DescriptionText text)
      throws CorruptDataException {
    int at = 72;
    int gidLength = data.unsignedShort(54);
    text.add("gid ").add(data.text(at, gidLength)).add(": ").time(data.longInteger(16));
    int subtransactions = at + align(gidLength);
    int subtransactionCount = data.count(28, subtransactions, Integer.BYTES);
    int commitRelations = subtransactions + align(Integer.BYTES * subtransactionCount);
    int commitRelationCount = data.count(32, commitRelations, RELATION_SIZE);
    int abortRelations = commitRelations + align(RELATION_SIZE * commitRelationCount);
    int abortRelationCount = data.count(36, abortRelations, RELATION_SIZE);
    int commitStatistics = abortRelations + align(RELATION_SIZE * abortRelationCount);
    int commitStatisticsCount = data.count(40, commitStatistics, STATISTICS_SIZE);
    int abortStatistics = commitStatistics + align(STATISTICS_SIZE * commitStatisticsCount);
    int abortStatisticsCount = data.count(44, abortStatistics, STATISTICS_SIZE);
    int invalidations = abortStatistics + align(STATISTICS_SIZE * abortStatisticsCount);
    int invalidationCount = data.count(48, invalidations, InvalidationMessages.SIZE);
    addRelations("rels(commit)", data, commitRelations, commitRelationCount, text);
    addRelations("rels(abort)", data, abortRelations, abortRelationCount, text);
    addStatistics("commit ", data, commitStatistics, commitStatisticsCount, text);
    addStatistics("abort ", data, abortStatistics, abortStatisticsCount, text);
    addSubtransactions(data, subtransactions, subtransactionCount, text);
    // The description takes no tablespace from a prepare record.
    InvalidationMessages.describe(
        data, invalidations, invalidationCount, data.integer(12), 0, data.flag(52), text);
    if (record.originId() != 0) {
      addOrigin(record, data, 56, text);
    }
  }

  private static int align(int size) {
    return (size + 7) & ~7;
  }

  private static void addNumbers(RecordFields data, int first, int count, DescriptionText text)
      throws CorruptDataException {
    for (int i = 0; i < count; i++) {
      text.add(' ').unsigned(data.integer(first + Integer.BYTES * i));
    }
  }

  private static void addSubtransactions(
      RecordFields data, int first, int count, DescriptionText text) throws CorruptDataException {
    if (count > 0) {
      text.add("; subxacts:");
      addNumbers(data, first, count, text);
    }
  }

  private static void addRelations(
      String label, RecordFields data, int first, int count, DescriptionText text)
      throws CorruptDataException {
    if (count > 0) {
      text.add("; ").add(label).add(':');
      for (int i = 0; i < count; i++) {
        text.add(' ').path(data, first + RELATION_SIZE * i, Fork.MAIN);
      }
    }
  }

  private static void addStatistics(
      String label, RecordFields data, int first, int count, DescriptionText text)
      throws CorruptDataException {
    if (count > 0) {
      text.add("; ").add(label).add("dropped stats:");
      for (int at = first; at < first + STATISTICS_SIZE * count; at += STATISTICS_SIZE) {
        text.add(' ').signed(data.integer(at)).add('/').unsigned(data.integer(at + 4));
        text.add('/').unsigned(data.integer(at + 8));
      }
    }
  }

  /// `xl_xact_origin`.
  private static void addOrigin(WalRecord record, RecordFields data, int at, DescriptionText text)
      throws CorruptDataException {
    text.add("; origin: node ").signed(record.originId());
    text.add(", lsn ").lsn(data.longInteger(at)).add(", at ").time(data.longInteger(at + 8));
  }
}
