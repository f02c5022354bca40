package dev.argon.pageservice;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.net.SocketAddress;

/// Asks a pageserver for what a data directory is made of at some LSN.
public final class BootFilesClient {

  /// Takes the messages in order; the last one is [BootMessage.End].
  @FunctionalInterface
  public interface Receiver {
    void message(BootMessage message) throws IOException;
  }

  private BootFilesClient() {}

  /// Receives all messages. Returns only after [BootMessage.End] was received.
  ///
  /// @param lsn the position, or [Lsn#MAX] for the last record
  /// @param computeTerm as for [PageServiceClient#connect]
  /// @param silenceMaxMillis the longest wait for the next message; the first one comes when the
  ///   pageserver has ingested `lsn`
  /// @throws CorruptDataException if the bytes are no such messages or end too early
  public static void fetch(
      SocketAddress pageserver,
      TenantId tenant,
      TimelineId timeline,
      Lsn lsn,
      long computeTerm,
      long silenceMaxMillis,
      Receiver receiver)
      throws IOException, PgErrorException, CorruptDataException {
    String position = lsn.equals(Lsn.MAX) ? "latest" : lsn.toString();
    try (PgClient client =
        PgClient.connect(PageServiceClient.settings(pageserver, computeTerm, silenceMaxMillis))) {
      CopyStream stream = client.copyOut("bootfiles " + tenant + " " + timeline + " " + position);
      stream.receiveTimeout(silenceMaxMillis);
      boolean ended = false;
      while (stream.receive()) {
        BootMessage message = BootMessage.decode(stream.payload());
        if (ended) {
          throw new CorruptDataException("a boot message after the end");
        }
        ended = message instanceof BootMessage.End;
        receiver.message(message);
      }
      if (!ended) {
        throw new CorruptDataException("the boot files end before their end message");
      }
      client.finishCopy();
    }
  }
}
