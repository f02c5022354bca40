package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.waltools.WalToolsException;
import dev.argon.waltools.log.WalEnd;
import dev.argon.waltools.log.WalReader;
import java.io.IOException;
import java.io.Writer;
import java.util.Optional;

/// Reads a part of the log and gives the records that are wanted to an output.
final class Dump {

  private final DumpRange range;
  private final RecordFilter filter;
  private final long limit;

  /// @param limit at most so many records
  Dump(DumpRange range, RecordFilter filter, long limit) {
    this.range = range;
    this.filter = filter;
    this.limit = limit;
  }

  /// Prints the part.
  ///
  /// @param announcesGap whether to say so if no record begins where the user wanted one
  /// @return why the log ended, if it ended before the part did
  Optional<WalEnd> run(RecordOutput output, boolean announcesGap, Writer target)
      throws IOException, CorruptDataException, WalToolsException {
    try (WalReader reader =
        WalReader.findingFirstRecordFrom(range.directory(), range.history(), range.pageLsn())) {
      boolean more = reader.next();
      while (more && Long.compareUnsigned(reader.recordStartLsn(), range.startLsn()) < 0) {
        more = reader.next();
      }
      if (!more) {
        throw new WalToolsException(
            "no record at or behind %s: %s"
                .formatted(Lsn.toString(range.startLsn()), reader.end()));
      }
      long first = reader.recordStartLsn();
      if (announcesGap && first != range.startLsn() && !range.startsWithFile()) {
        target.write(gap(first - range.startLsn(), first));
      }
      output.begin(first);
      boolean ended = print(reader, output, target);
      output.end(target);
      return ended ? Optional.of(reader.end()) : Optional.empty();
    } finally {
      target.flush();
    }
  }

  // The reader stands on the first record. Answers whether the log ended.
  private boolean print(WalReader reader, RecordOutput output, Writer target)
      throws IOException, CorruptDataException {
    long printed = 0;
    do {
      if (!range.holds(reader.recordEndLsn(), reader.record().length())) {
        return false;
      }
      if (filter.accepts(reader.record())) {
        output.add(reader.record(), reader.recordStartLsn(), reader.recordEndLsn(), target);
        printed++;
        if (printed == limit) {
          return false;
        }
      }
    } while (reader.next());
    return true;
  }

  private String gap(long bytes, long first) {
    return "first record is after %s, at %s, skipping over %d byte%s\n"
        .formatted(
            Lsn.toString(range.startLsn()), Lsn.toString(first), bytes, bytes == 1 ? "" : "s");
  }
}
