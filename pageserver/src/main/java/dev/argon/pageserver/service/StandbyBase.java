package dev.argon.pageserver.service;

import dev.argon.pageserver.ingest.OnlineCheckPoint;
import dev.argon.pageserver.timeline.ReadSession;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageservice.PageKey;
import dev.argon.pageservice.StandbyStart;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.util.Optional;

/// Where a hot standby that follows a timeline can begin: at the last checkpoint of the timeline's
/// own WAL. One of an ancestor does not do, as the WAL behind it is not this timeline's; then it is
/// the timeline's beginning. What ran at a branch point has never ended here.
final class StandbyBase {

  private StandbyBase() {}

  static StandbyStart of(Timeline timeline) throws IOException, CorruptDataException {
    long last = timeline.lastRecordLsn();
    long first = timeline.origin().startLsn();
    try (ReadSession session = timeline.read()) {
      byte[] control =
          session
              .value(PageKey.firstOf(PageKey.Kind.CONTROL_FILE), last)
              .orElseThrow(() -> new CorruptDataException("no control file"));
      long shutdown =
          ownOr(first, session.newestLsn(PageKey.firstOf(PageKey.Kind.SHUTDOWN_CHECKPOINT), last));
      long online = ownOr(first, session.newestLsn(PageKey.ONLINE_CHECKPOINT, last));
      if (Long.compareUnsigned(online, shutdown) <= 0) {
        return new StandbyStart(new Lsn(last), new Lsn(shutdown), Optional.empty(), control);
      }
      OnlineCheckPoint found =
          OnlineCheckPoint.read(
              session
                  .value(PageKey.ONLINE_CHECKPOINT, last)
                  .orElseThrow(() -> new CorruptDataException("no checkpoint")));
      return new StandbyStart(
          new Lsn(last),
          new Lsn(found.checkPoint().redo()),
          Optional.of(new StandbyStart.Online(new Lsn(found.startLsn()), found.checkPoint())),
          control);
    }
  }

  private static long ownOr(long first, long lsn) {
    return Long.compareUnsigned(lsn, first) < 0 ? first : lsn;
  }
}
