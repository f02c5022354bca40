package dev.argon.compute.boot;

import dev.argon.pageservice.BootMessage;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.CheckPoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the pageserver says about a timeline at one LSN. The files are already in the data
/// directory; here is what the start decides with.
///
/// @param begin where the log ends and how
/// @param checkPoint the state at that LSN; its `redo` means nothing
/// @param controlFile the control file initdb made, to be brought up to date
/// @param forks every fork of every relation
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record BootContents(
    BootMessage.Begin begin,
    CheckPoint checkPoint,
    byte[] controlFile,
    List<BootMessage.RelationFork> forks) {

  static final String CONTROL_FILE = "global/pg_control";

  /// Reads the stream; writes files and directories into `target` as they come.
  public static BootContents read(BootSource source, Lsn lsn, DataDirectory target)
      throws IOException, CorruptDataException {
    Collector collector = new Collector(target);
    source.bootFiles(lsn, collector);
    return collector.contents(lsn);
  }

  private static final class Collector implements BootSource.Receiver {

    private final DataDirectory target;
    private final List<BootMessage.RelationFork> forks = new ArrayList<>();
    private Optional<BootMessage.Begin> begin = Optional.empty();
    private Optional<CheckPoint> checkPoint = Optional.empty();
    private Optional<byte[]> controlFile = Optional.empty();
    private boolean ended;

    Collector(DataDirectory target) {
      this.target = target;
    }

    @Override
    public void accept(BootMessage message) throws IOException, CorruptDataException {
      switch (message) {
        case BootMessage.Begin first -> begin = Optional.of(first);
        case BootMessage.CheckPoint(byte[] bytes) ->
            checkPoint = Optional.of(CheckPoint.read(bytes));
        case BootMessage.DataFile(String path, byte[] content) -> {
          if (path.equals(CONTROL_FILE)) {
            controlFile = Optional.of(content);
          } else {
            target.file(path, content);
          }
        }
        case BootMessage.Directory(String path) -> target.directory(path);
        case BootMessage.RelationFork fork -> forks.add(fork);
        case BootMessage.End() -> ended = true;
      }
    }

    BootContents contents(Lsn lsn) throws CorruptDataException {
      if (!ended) {
        throw new CorruptDataException("the boot files at " + lsn + " end too early");
      }
      if (begin.isEmpty() || checkPoint.isEmpty() || controlFile.isEmpty()) {
        throw new CorruptDataException(
            "the boot files at " + lsn + " lack their start, checkpoint or control file");
      }
      if (begin.get().lsn() != lsn.value()) {
        throw new CorruptDataException(
            "the boot files are of " + Lsn.toString(begin.get().lsn()) + ", not of " + lsn);
      }
      return new BootContents(begin.get(), checkPoint.get(), controlFile.get(), forks);
    }
  }
}
