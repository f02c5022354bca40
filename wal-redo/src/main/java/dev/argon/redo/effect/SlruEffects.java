package dev.argon.redo.effect;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.slru.CommitTimestamps;
import dev.argon.postgres.slru.MultiXactMembers;
import dev.argon.postgres.slru.MultiXactOffsets;
import dev.argon.postgres.slru.SlruSegment;
import dev.argon.postgres.wal.WalRecord;
import java.util.Arrays;

/// Records about the commit log, multixacts and commit timestamps (`clog_redo`, `multixact_redo`,
/// `commit_ts_redo`).
final class SlruEffects {

  static final int CLOG_ZERO_PAGE = 0x00;
  static final int CLOG_TRUNCATE = 0x10;

  static final int MULTIXACT_ZERO_OFFSETS_PAGE = 0x00;
  static final int MULTIXACT_ZERO_MEMBERS_PAGE = 0x10;
  static final int MULTIXACT_CREATE = 0x20;
  static final int MULTIXACT_TRUNCATE = 0x30;

  private static final int COMMIT_TS_ZERO_PAGE = 0x00;
  private static final int COMMIT_TS_TRUNCATE = 0x10;

  private static final int MEMBER_SIZE = 8;
  private static final int MEMBER_STATE_MAX = 5;

  private SlruEffects() {}

  static void decodeCommitLog(WalRecord record, EffectSink sink) throws CorruptDataException {
    RecordData data = new RecordData(record);
    switch (record.info()) {
      case CLOG_ZERO_PAGE -> zeroPage(Slru.CLOG, data, sink);
      case CLOG_TRUNCATE -> sink.slruTruncate(Slru.CLOG, readPage(Slru.CLOG, data));
      default -> throw RecordEffects.unknown(record);
    }
  }

  static void decodeMultiXact(WalRecord record, EffectSink sink) throws CorruptDataException {
    RecordData data = new RecordData(record);
    switch (record.info()) {
      case MULTIXACT_ZERO_OFFSETS_PAGE -> zeroPage(Slru.MULTIXACT_OFFSETS, data, sink);
      case MULTIXACT_ZERO_MEMBERS_PAGE -> zeroPage(Slru.MULTIXACT_MEMBERS, data, sink);
      case MULTIXACT_CREATE -> create(NewMultiXact.read(record), sink);
      case MULTIXACT_TRUNCATE -> truncate(MultiXactTruncation.read(record), sink);
      default -> throw RecordEffects.unknown(record);
    }
  }

  static void decodeCommitTimestamps(WalRecord record, EffectSink sink)
      throws CorruptDataException {
    RecordData data = new RecordData(record);
    int page = data.readInt();
    if (page < 0 || page > CommitTimestamps.page(-1)) {
      throw new CorruptDataException("page " + page + " of pg_commit_ts");
    }
    switch (record.info()) {
      case COMMIT_TS_ZERO_PAGE -> sink.commitTimestampZeroPage(page);
      case COMMIT_TS_TRUNCATE -> sink.commitTimestampTruncate(page, data.readInt());
      default -> throw RecordEffects.unknown(record);
    }
  }

  private static void zeroPage(Slru slru, RecordData data, EffectSink sink)
      throws CorruptDataException {
    sink.slruImage(slru, readPage(slru, data), new byte[SlruSegment.PAGE_SIZE]);
  }

  private static int readPage(Slru slru, RecordData data) throws CorruptDataException {
    int page = data.readInt();
    if (page < 0 || page > slru.lastPage()) {
      throw new CorruptDataException("page " + page + " of " + slru.directory());
    }
    return page;
  }

  /// `xl_multixact_create`.
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  record NewMultiXact(int multi, int offset, int[] transactionIds, int[] states) {

    static NewMultiXact read(WalRecord record) throws CorruptDataException {
      RecordData data = new RecordData(record);
      int multi = data.readInt();
      int offset = data.readInt();
      int count = data.readCount(MEMBER_SIZE);
      int[] transactionIds = new int[count];
      int[] states = new int[count];
      for (int i = 0; i < count; i++) {
        transactionIds[i] = data.readInt();
        states[i] = data.readInt();
        if (states[i] < 0 || states[i] > MEMBER_STATE_MAX) {
          throw new CorruptDataException(
              "multixact member with state " + states[i] + " in " + record);
        }
      }
      return new NewMultiXact(multi, offset, transactionIds, states);
    }
  }

  /// `xl_multixact_truncate`.
  record MultiXactTruncation(
      int oldestMulti, int oldestMultiDatabase, int firstMember, int endMember) {

    static MultiXactTruncation read(WalRecord record) throws CorruptDataException {
      RecordData data = new RecordData(record);
      int database = data.readInt();
      data.skip(4); // where the truncated offsets begin
      int oldestMulti = data.readInt();
      int firstMember = data.readInt();
      return new MultiXactTruncation(oldestMulti, database, firstMember, data.readInt());
    }
  }

  // RecordNewMultiXact: the multixact's own offset and the next one's, which ends its members.
  private static void create(NewMultiXact created, EffectSink sink) {
    int count = created.transactionIds().length;
    int next = MultiXactOffsets.next(created.multi());
    int nextOffset = MultiXactOffsets.nextOffset(created.offset(), count);
    int page = MultiXactOffsets.page(created.multi());
    int nextPage = MultiXactOffsets.page(next);
    if (page == nextPage) {
      setOffsets(
          page, new int[] {created.multi(), next}, new int[] {created.offset(), nextOffset}, sink);
    } else {
      setOffsets(page, new int[] {created.multi()}, new int[] {created.offset()}, sink);
      setOffsets(nextPage, new int[] {next}, new int[] {nextOffset}, sink);
    }
    int from = 0;
    while (from < count) {
      int membersPage = MultiXactMembers.page(created.offset() + from);
      int end = from + 1;
      while (end < count && MultiXactMembers.page(created.offset() + end) == membersPage) {
        end++;
      }
      PageChange change =
          new PageChange.MultiXactMembersSet(
              created.offset() + from,
              Arrays.copyOfRange(created.transactionIds(), from, end),
              Arrays.copyOfRange(created.states(), from, end));
      sink.slruChange(Slru.MULTIXACT_MEMBERS, membersPage, change.encode());
      from = end;
    }
  }

  private static void setOffsets(int page, int[] multis, int[] offsets, EffectSink sink) {
    PageChange change = new PageChange.MultiXactOffsetsSet(multis, offsets);
    sink.slruChange(Slru.MULTIXACT_OFFSETS, page, change.encode());
  }

  private static void truncate(MultiXactTruncation truncation, EffectSink sink) {
    sink.slruDropSegments(
        Slru.MULTIXACT_MEMBERS,
        SlruSegment.ofPage(MultiXactMembers.page(truncation.firstMember())),
        SlruSegment.ofPage(MultiXactMembers.page(truncation.endMember())));
    // One multixact back, so that the page named exists even if the next multixact is its first.
    int oldest = truncation.oldestMulti();
    int before = oldest == MultiXactOffsets.FIRST ? -1 : oldest - 1;
    sink.slruTruncate(Slru.MULTIXACT_OFFSETS, MultiXactOffsets.page(before));
  }
}
