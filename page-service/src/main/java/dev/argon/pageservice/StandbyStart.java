package dev.argon.pageservice;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.QueryResult;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.CheckPoint;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// The answer to `standbystart`: where a hot standby that follows the timeline can begin.
///
/// @param lastLsn how far the pageserver is
/// @param filesLsn what to take the boot files as of. Without `online` a shutdown checkpoint ends
///   there, or the timeline begins there and its first record will be one
/// @param online the checkpoint of a running server that is newer than that; its redo is `filesLsn`
/// @param controlFile as of `lastLsn`: the parameters that the newest primary runs with
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record StandbyStart(Lsn lastLsn, Lsn filesLsn, Optional<Online> online, byte[] controlFile) {

  private static final List<String> COLUMNS =
      List.of("last_lsn", "files_lsn", "checkpoint_lsn", "checkpoint", "control_file");

  /// A checkpoint record.
  ///
  /// @param startLsn where the record begins
  public record Online(Lsn startLsn, CheckPoint checkPoint) {}

  /// Names of the columns of the answer.
  public static List<String> columns() {
    return COLUMNS;
  }

  /// The answer's only row: LSNs as text, bytes in hexadecimal; empty where there is none.
  public List<String> row() {
    return List.of(
        lastLsn.toString(),
        filesLsn.toString(),
        online.map(found -> found.startLsn().toString()).orElse(""),
        online.map(found -> HexFormat.of().formatHex(found.checkPoint().toBytes())).orElse(""),
        HexFormat.of().formatHex(controlFile));
  }

  /// Asks a pageserver.
  ///
  /// @param silenceMaxMillis the longest wait for the answer
  /// @throws PgErrorException if it refuses, with its reason
  public static StandbyStart ask(
      SocketAddress pageserver, TenantId tenant, TimelineId timeline, long silenceMaxMillis)
      throws IOException, PgErrorException, CorruptDataException {
    try (PgClient client =
        PgClient.connect(PageServiceClient.settings(pageserver, 0, silenceMaxMillis))) {
      QueryResult result = client.query("standbystart " + tenant + " " + timeline);
      client.terminate();
      return of(result);
    }
  }

  private static StandbyStart of(QueryResult result) throws CorruptDataException {
    if (!result.columns().equals(COLUMNS) || result.rows().size() != 1) {
      throw new CorruptDataException("an answer of another form: " + result.columns());
    }
    List<String> row = result.rows().getFirst().stream().map(Objects::requireNonNull).toList();
    try {
      Optional<Online> online =
          row.get(2).isEmpty()
              ? Optional.empty()
              : Optional.of(
                  new Online(
                      Lsn.parse(row.get(2)), CheckPoint.read(HexFormat.of().parseHex(row.get(3)))));
      return new StandbyStart(
          Lsn.parse(row.get(0)),
          Lsn.parse(row.get(1)),
          online,
          HexFormat.of().parseHex(row.get(4)));
    } catch (IllegalArgumentException e) {
      throw new CorruptDataException("where a standby can begin: " + e.getMessage(), e);
    }
  }
}
