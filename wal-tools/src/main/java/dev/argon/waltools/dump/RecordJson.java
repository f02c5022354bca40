package dev.argon.waltools.dump;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.waltools.JsonLine;
import java.time.ZoneId;

/// A record as one JSON object on one line. Field names are an interface to scripts:
///
/// `lsn`, `end_lsn`, `prev`, `rmgr`, `record` (its kind), `info`, `xid`, `length` (without images),
/// `total_length`, `description`; `origin` and `top_xid` only where the record has them; `blocks`:
/// objects with `id`, `relation`, `fork`, `block`, `data_length`, `will_init`, and `image` with
/// `apply`, `length`, `hole_offset`, `hole_length`, `compression` where there is one.
final class RecordJson {

  private final RecordText text;
  private final JsonLine line = new JsonLine();

  RecordJson(ZoneId zone) {
    text = new RecordText(zone, false);
  }

  /// The line, with its end.
  String line(WalRecord record, long startLsn, long endLsn) {
    line.clear().beginObject();
    line.field("lsn", Lsn.toString(startLsn)).field("end_lsn", Lsn.toString(endLsn));
    line.field("prev", Lsn.toString(record.prevLsn()));
    line.field("rmgr", RecordText.managerName(record.resourceManager()));
    line.field("record", RecordText.kind(record.resourceManager(), record.rawInfo()));
    line.field("info", record.rawInfo());
    line.field("xid", record.transactionId() & 0xFFFF_FFFFL);
    line.field("length", record.length() - RecordText.imageLength(record));
    line.field("total_length", record.length());
    if (record.originId() != 0) {
      line.field("origin", record.originId());
    }
    if (record.topTransactionId() != 0) {
      line.field("top_xid", record.topTransactionId() & 0xFFFF_FFFFL);
    }
    line.field("description", text.description(record));
    line.name("blocks").beginArray();
    for (int i = 0; i < record.blockCount(); i++) {
      addBlock(record, i);
    }
    return line.endArray().endObject() + "\n";
  }

  private void addBlock(WalRecord record, int i) {
    line.beginObject().field("id", record.blockId(i));
    line.field("relation", record.blockRelation(i).toString());
    line.field("fork", RecordText.forkName(record.blockFork(i)));
    line.field("block", record.blockNumber(i) & 0xFFFF_FFFFL);
    line.field("data_length", record.blockDataLength(i));
    line.field("will_init", record.blockWillInit(i));
    if (record.blockHasImage(i)) {
      line.name("image").beginObject().field("apply", record.blockImageApplies(i));
      line.field("length", record.blockImageLength(i));
      line.field("hole_offset", record.blockHoleOffset(i));
      line.field("hole_length", record.blockHoleLength(i));
      line.field("compression", RecordText.compression(record.blockImageInfo(i))).endObject();
    }
    line.endObject();
  }
}
