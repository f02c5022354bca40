package dev.argon.compute.boot;

import dev.argon.pageservice.BootMessage;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.io.IOException;

/// Where a start gets its files from: the pageserver.
public interface BootSource extends RelationFiles.InitForkPages {

  /// Takes one message after the other, in the order of the stream.
  @FunctionalInterface
  interface Receiver {
    void accept(BootMessage message) throws IOException, CorruptDataException;
  }

  /// Streams what a data directory at `lsn` is made of; waits until the pageserver has ingested it.
  ///
  /// @throws IOException also if the stream ends before its end message
  void bootFiles(Lsn lsn, Receiver receiver) throws IOException, CorruptDataException;
}
