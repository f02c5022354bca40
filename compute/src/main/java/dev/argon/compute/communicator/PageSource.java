package dev.argon.compute.communicator;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import java.net.SocketAddress;

/// Which pages of which timeline, and who has them.
///
/// @param term of this compute; 0 if it has none (read-only)
/// @param mode as of what the pages are wanted
public record PageSource(
    SocketAddress pageserver, TenantId tenant, TimelineId timeline, long term, Mode mode) {

  /// As of what a compute wants its pages.
  public sealed interface Mode {

    /// The newest state, this compute being the only writer.
    record Newest() implements Mode {}

    /// The state at one position, for ever.
    record At(Lsn lsn) implements Mode {}
  }

  long requestLsn() {
    return switch (mode) {
      case Mode.Newest() -> dev.argon.pageservice.RequestHeader.NEWEST;
      case Mode.At(Lsn lsn) -> lsn.value();
    };
  }

  /// A compute that reads the past knows of no change after it.
  long boundedBy(long notModifiedSinceLsn) {
    return switch (mode) {
      case Mode.Newest() -> notModifiedSinceLsn;
      case Mode.At(Lsn lsn) -> Lsn.min(lsn, new Lsn(notModifiedSinceLsn)).value();
    };
  }
}
