package dev.argon.redo.effect;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.relmap.RelationMap;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.heap.VisibilityMap;

/// Records about relations, databases and relation maps as wholes (`smgr_redo`, `dbase_redo`,
/// `relmap_redo`).
final class StorageEffects {

  private static final int SMGR_CREATE = 0x10;
  private static final int SMGR_TRUNCATE = 0x20;

  private static final int TRUNCATE_HEAP = 1;
  private static final int TRUNCATE_VISIBILITY_MAP = 2;
  private static final int TRUNCATE_FREE_SPACE_MAP = 4;

  private static final int DATABASE_CREATE_FILE_COPY = 0x00;
  private static final int DATABASE_CREATE_WAL_LOG = 0x10;
  private static final int DATABASE_DROP = 0x20;

  private static final int TABLESPACE_CREATE = 0x00;
  private static final int TABLESPACE_DROP = 0x10;

  private static final int RELMAP_UPDATE = 0x00;

  private StorageEffects() {}

  static void decodeStorage(WalRecord record, EffectSink sink) throws CorruptDataException {
    RecordData data = new RecordData(record);
    switch (record.info()) {
      case SMGR_CREATE -> {
        RelFileNode relation = data.readRelation();
        int fork = data.readInt();
        if (fork < 0 || fork >= Fork.COUNT) {
          throw new CorruptDataException("WAL record " + record + " creates fork " + fork);
        }
        sink.relationCreate(relation, fork);
      }
      case SMGR_TRUNCATE -> {
        int blocks = data.readInt();
        RelFileNode relation = data.readRelation();
        truncate(relation, blocks, data.readInt(), sink);
      }
      default -> throw RecordEffects.unknown(record);
    }
  }

  private static void truncate(RelFileNode relation, int blocks, int flags, EffectSink sink) {
    sink.relationCreate(relation, Fork.MAIN);
    if ((flags & TRUNCATE_HEAP) != 0) {
      sink.relationTruncate(relation, Fork.MAIN, blocks);
    }
    if ((flags & TRUNCATE_FREE_SPACE_MAP) != 0) {
      int mapBlock = FreeSpaceMap.mapBlock(blocks);
      int slots = FreeSpaceMap.slot(blocks);
      byte[] change = slots == 0 ? NO_CHANGE : new PageChange.FreeSpaceTruncate(slots).encode();
      truncateMap(relation, Fork.FREE_SPACE_MAP, mapBlock, change, sink);
    }
    if ((flags & TRUNCATE_VISIBILITY_MAP) != 0) {
      int mapBlock = VisibilityMap.mapBlock(blocks);
      int kept = Integer.remainderUnsigned(blocks, VisibilityMap.BLOCKS_PER_PAGE);
      byte[] change = kept == 0 ? NO_CHANGE : new PageChange.VisibilityTruncate(kept).encode();
      truncateMap(relation, Fork.VISIBILITY_MAP, mapBlock, change, sink);
    }
  }

  private static final byte[] NO_CHANGE = {};

  // The last page that stays keeps only what is about blocks that stay; if there are none, it goes.
  private static void truncateMap(
      RelFileNode relation, int fork, int mapBlock, byte[] change, EffectSink sink) {
    if (change.length == 0) {
      sink.relationTruncate(relation, fork, mapBlock);
    } else {
      sink.relationChange(relation, fork, mapBlock, change);
      sink.relationTruncate(relation, fork, mapBlock + 1);
    }
  }

  static void decodeDatabase(WalRecord record, EffectSink sink) throws CorruptDataException {
    RecordData data = new RecordData(record);
    switch (record.info()) {
      case DATABASE_CREATE_FILE_COPY -> {
        int database = data.readInt();
        int tablespace = data.readInt();
        int fromDatabase = data.readInt();
        int fromTablespace = data.readInt();
        sink.databaseCopy(fromTablespace, fromDatabase, tablespace, database);
      }
      case DATABASE_CREATE_WAL_LOG -> {
        int database = data.readInt();
        sink.databaseCreate(data.readInt(), database);
      }
      case DATABASE_DROP -> {
        int database = data.readInt();
        for (int tablespace : data.readInts(data.readCount(Integer.BYTES))) {
          sink.databaseDrop(tablespace, database);
        }
      }
      default -> throw RecordEffects.unknown(record);
    }
  }

  /// `xl_tblspc_create_rec`, `xl_tblspc_drop_rec` (tablespace.h).
  static void decodeTablespace(WalRecord record, EffectSink sink) throws CorruptDataException {
    RecordData data = new RecordData(record);
    switch (record.info()) {
      case TABLESPACE_CREATE -> {
        int tablespace = data.readInt();
        sink.tablespaceCreate(tablespace, data.readText());
      }
      case TABLESPACE_DROP -> sink.tablespaceDrop(data.readInt());
      default -> throw RecordEffects.unknown(record);
    }
  }

  static void decodeRelationMap(WalRecord record, EffectSink sink) throws CorruptDataException {
    if (record.info() != RELMAP_UPDATE) {
      throw RecordEffects.unknown(record);
    }
    RecordData data = new RecordData(record);
    int database = data.readInt();
    int tablespace = data.readInt();
    byte[] map = data.readBytes(data.readCount(1));
    RelationMap.check(map, 0, map.length);
    sink.relationMap(tablespace, database, map);
  }
}
