package dev.argon.compute.communicator;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pageservice.RequestHeader;
import dev.argon.postgres.Lsn;
import java.net.SocketAddress;
import java.util.function.LongSupplier;

/// Which pages of which timeline, and who has them.
///
/// @param term of this compute; 0 if it has none (it writes nothing)
/// @param mode as of what the pages are wanted
public record PageSource(
    SocketAddress pageserver, TenantId tenant, TimelineId timeline, long term, Mode mode) {

  /// As of what a compute wants its pages.
  public sealed interface Mode {

    /// The newest state, this compute being the only writer.
    record Newest() implements Mode {}

    /// The state at one position, for ever.
    record At(Lsn lsn) implements Mode {}

    /// The state that this compute has replayed.
    ///
    /// @param replayLsn all WAL before it is applied; may be a moment late
    record Replayed(LongSupplier replayLsn) implements Mode {}
  }

  /// The header of a request for a block.
  ///
  /// @param notModifiedSinceLsn after which this compute knows of no change of the block
  RequestHeader header(long id, long notModifiedSinceLsn) {
    return switch (mode) {
      case Mode.Newest() -> new RequestHeader(id, RequestHeader.NEWEST, notModifiedSinceLsn);
      // A compute that reads the past knows of no change after it.
      case Mode.At(Lsn lsn) ->
          new RequestHeader(id, lsn.value(), Lsn.min(lsn, new Lsn(notModifiedSinceLsn)).value());
      case Mode.Replayed(LongSupplier replayLsn) ->
          new RequestHeader(
              id, Math.max(replayLsn.getAsLong(), notModifiedSinceLsn), notModifiedSinceLsn);
    };
  }
}
