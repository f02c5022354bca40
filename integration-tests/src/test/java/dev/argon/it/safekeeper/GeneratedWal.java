package dev.argon.it.safekeeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.FramedWal;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecordWriter;
import java.io.ByteArrayOutputStream;
import java.util.List;

/// Valid WAL without a server: logical messages, one behind the other.
final class GeneratedWal {

  private final ByteArrayOutputStream all = new ByteArrayOutputStream();
  private long end;
  private long previous;

  GeneratedWal(Lsn start) {
    end = start.value();
    previous = start.value() - 8;
  }

  Lsn end() {
    return new Lsn(end);
  }

  /// Everything so far, from the start on.
  byte[] bytes() {
    return all.toByteArray();
  }

  /// The bytes of the next record with its page headers; [#end] moves behind them.
  byte[] next(int payloadBytes) {
    byte[] payload = ("x" + end).repeat(1 + payloadBytes / 8).getBytes(UTF_8);
    byte[] record =
        WalRecordWriter.record(ResourceManager.LOGICALMSG, 0, 0, previous, List.of(), payload);
    FramedWal framed = WalRecordWriter.frame(record, end, 1, TestTimeline.LAYOUT);
    previous = framed.recordLsn();
    end = framed.endLsn();
    byte[] bytes = framed.bytes();
    all.writeBytes(bytes);
    return bytes;
  }
}
