package dev.argon.waltools.dump;

import dev.argon.postgres.wal.WalRecord;
import java.io.IOException;
import java.io.Writer;
import java.time.ZoneId;

/// What is made of the records: lines of text or JSON, or statistics at the end.
interface RecordOutput {

  /// Reading starts at `startLsn`.
  default void begin(long startLsn) {}

  void add(WalRecord record, long startLsn, long endLsn, Writer target) throws IOException;

  default void end(Writer target) throws IOException {}

  static RecordOutput text(boolean imageDetails) {
    RecordText text = new RecordText(ZoneId.systemDefault(), imageDetails);
    return (record, startLsn, _, target) -> target.append(text.line(record, startLsn));
  }

  static RecordOutput json() {
    RecordJson json = new RecordJson(ZoneId.systemDefault());
    return (record, startLsn, endLsn, target) -> target.write(json.line(record, startLsn, endLsn));
  }

  static RecordOutput statistics(boolean perRecord, boolean json) {
    RecordStatistics statistics = new RecordStatistics(perRecord);
    return new RecordOutput() {
      @Override
      public void begin(long startLsn) {
        statistics.begin(startLsn);
      }

      @Override
      public void add(WalRecord record, long startLsn, long endLsn, Writer target) {
        statistics.add(record, endLsn);
      }

      @Override
      public void end(Writer target) throws IOException {
        target.write(json ? statistics.json() : statistics.text());
      }
    };
  }
}
