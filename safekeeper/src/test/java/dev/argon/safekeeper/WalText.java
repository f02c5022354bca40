package dev.argon.safekeeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.FramedWal;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecordWriter;
import java.io.ByteArrayOutputStream;
import java.util.List;

/// Makes valid WAL: records of logical messages, one behind the other, from a record boundary on.
final class WalText {

  private final WalLayout layout;
  private final Lsn start;
  private long end;
  private long previous;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  WalText(WalLayout layout, Lsn start) {
    this.layout = layout;
    this.start = start;
    end = start.value();
    previous = start.value() - 8;
  }

  /// Adds a record that holds `text`.
  ///
  /// @return where it ends
  Lsn add(String text) {
    byte[] record =
        WalRecordWriter.record(
            ResourceManager.LOGICALMSG, 0, 0, previous, List.of(), text.getBytes(UTF_8));
    FramedWal framed = WalRecordWriter.frame(record, end, 1, layout);
    bytes.writeBytes(framed.bytes());
    previous = framed.recordLsn();
    end = framed.endLsn();
    return new Lsn(end);
  }

  Lsn start() {
    return start;
  }

  Lsn end() {
    return new Lsn(end);
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }

  /// The bytes from `from` to `to`.
  byte[] bytes(Lsn from, Lsn to) {
    return java.util.Arrays.copyOfRange(
        bytes.toByteArray(), (int) from.bytesAfter(start), (int) to.bytesAfter(start));
  }
}
