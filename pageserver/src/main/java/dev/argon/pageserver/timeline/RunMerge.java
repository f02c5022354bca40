package dev.argon.pageserver.timeline;

import dev.argon.pageserver.layer.LayerFile;
import dev.argon.pageserver.layer.LayerKind;
import dev.argon.pageserver.layer.ValueKind;
import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Merges consecutive runs into one of the next level. All versions are kept, so that every LSN
/// stays readable; only the last version of a page with a long chain is replaced by the page as of
/// that version, which bounds what later reads have to apply.
final class RunMerge {

  private static final System.Logger LOG = System.getLogger(RunMerge.class.getName());

  private final Timeline timeline;
  private final List<Run> inputs;
  private final List<StoredLayer> outputs = new ArrayList<>();
  private TimelineStore.@Nullable Draft draft;

  // The version that waits for the next one: whether its key goes on decides what becomes of it.
  private boolean pending;
  private long high;
  private long low;
  private long lsn;
  private int kind;
  private int blockIndex;
  private ByteBuffer bytes = ByteBuffer.allocate(0);

  /// Of the pending version's key: versions since one that needs no older one, and their bytes.
  private int chainRecords;

  private long chainBytes;

  RunMerge(Timeline timeline, List<Run> inputs) {
    this.timeline = timeline;
    this.inputs = inputs;
  }

  /// The oldest runs of the lowest level that has enough of them and whose merge is not too large.
  ///
  /// @param runs newest first
  static List<Run> choose(List<Run> runs, TimelineConfig config) {
    int levels = runs.isEmpty() ? 0 : runs.getLast().level() + 1;
    for (int level = 0; level < levels; level++) {
      int wanted = level;
      List<Run> same = runs.stream().filter(run -> run.level() == wanted).toList();
      if (same.size() >= config.runsPerMerge()) {
        List<Run> oldest = same.subList(same.size() - config.runsPerMerge(), same.size());
        if (oldest.stream().mapToLong(Run::sizeBytes).sum() <= config.mergeBytesMax()) {
          return List.copyOf(oldest.reversed());
        }
      }
    }
    return List.of();
  }

  /// Writes the files; they count once an index names them.
  List<StoredLayer> write() throws IOException, CorruptDataException {
    boolean done = false;
    try {
      List<RunCursor> cursors = new ArrayList<>();
      for (Run run : inputs) {
        cursors.add(new RunCursor(run, cursors.size()));
      }
      boolean more = true;
      while (more) {
        more = takeStretch(cursors);
      }
      if (pending) {
        emit(true);
      }
      finishFile();
      done = true;
      return outputs;
    } finally {
      if (!done) {
        abandon();
      }
    }
  }

  /// Takes from the run whose turn it is until another's comes: a page's versions stand together,
  /// so that all runs need not be asked for each of them.
  ///
  /// @return whether there was anything left
  private boolean takeStretch(List<RunCursor> cursors) throws IOException, CorruptDataException {
    RunCursor least = null;
    RunCursor second = null;
    for (RunCursor cursor : cursors) {
      if (!cursor.isValid()) {
        continue;
      }
      if (least == null || cursor.isBefore(least)) {
        second = least;
        least = cursor;
      } else if (second == null || cursor.isBefore(second)) {
        second = cursor;
      }
    }
    if (least == null) {
      return false;
    }
    do {
      take(least.entry());
      least.next();
    } while (least.isValid() && (second == null || least.isBefore(second)));
    return true;
  }

  private void take(LayerFile.Cursor entry) throws IOException, CorruptDataException {
    if (pending) {
      emit(entry.high() != high || entry.low() != low);
    }
    if (!pending || entry.high() != high || entry.low() != low) {
      chainRecords = 0;
      chainBytes = 0;
    }
    pending = true;
    high = entry.high();
    low = entry.low();
    lsn = entry.lsn();
    kind = entry.kind();
    blockIndex = entry.blockIndex();
    bytes = entry.bytes();
    if (kind == ValueKind.IMAGE) {
      chainRecords = 0;
      chainBytes = 0;
    } else {
      boolean begins = kind == ValueKind.INIT_RECORD;
      chainRecords = begins ? 1 : chainRecords + 1;
      chainBytes = (begins ? 0 : chainBytes) + bytes.remaining();
    }
  }

  private void emit(boolean lastOfKey) throws IOException, CorruptDataException {
    if (lastOfKey
        && (chainRecords > timeline.config().chainRecordsMax()
            || chainBytes > timeline.config().chainBytesMax())
        && ReadSession.isPage(new PageKey(high, low).kind())) {
      replaceByImage();
    }
    TimelineStore.Draft current = draft;
    if (current == null) {
      current =
          timeline
              .store()
              .draft(LayerKind.DELTA, inputs.getFirst().startLsn(), inputs.getLast().endLsn());
      draft = current;
    }
    current.writer().add(high, low, lsn, kind, blockIndex, bytes);
    if (lastOfKey && current.writer().sizeBytes() >= timeline.config().deltaFileBytes()) {
      finishFile();
    }
  }

  /// A page that cannot be rebuilt (a record that redo does not know) stays as it is: who reads it
  /// gets the error.
  private void replaceByImage() throws IOException {
    ByteBuffer page = ReadSession.newPage();
    try (ReadSession session = timeline.read()) {
      session.page(new PageKey(high, low), lsn, page);
      kind = ValueKind.IMAGE;
      blockIndex = 0;
      bytes = page;
    } catch (CorruptDataException e) {
      LOG.log(Level.WARNING, "no image while merging: {0}", e.getMessage());
    }
  }

  private void finishFile() throws IOException {
    TimelineStore.Draft current = draft;
    if (current != null) {
      try (var writer = current.writer()) {
        outputs.add(
            timeline
                .store()
                .stored(current.name(), inputs.getFirst().level() + 1, writer.finish()));
      }
      draft = null;
    }
  }

  private void abandon() throws IOException {
    if (draft != null) {
      draft.writer().close();
    }
    outputs.forEach(StoredLayer::retire);
  }

  /// Walks over the files of a run one after the other.
  private static final class RunCursor {

    private final List<StoredLayer> layers;
    private final int order;
    private int next;
    private LayerFile.@Nullable Cursor cursor;

    /// @param order its place among the runs, the oldest first
    RunCursor(Run run, int order) throws IOException, CorruptDataException {
      layers = run.layers();
      this.order = order;
      open();
    }

    private void open() throws IOException, CorruptDataException {
      while (next < layers.size() && (cursor == null || !cursor.isValid())) {
        LayerFile file = layers.get(next++).file();
        cursor = file.cursorFrom(file.summary().firstKey());
      }
    }

    boolean isValid() {
      return cursor != null && cursor.isValid();
    }

    LayerFile.Cursor entry() {
      if (cursor == null) {
        throw new IllegalStateException("a run without files");
      }
      return cursor;
    }

    /// Of equal keys the older run's versions come first.
    boolean isBefore(RunCursor other) {
      int compared =
          PageKey.compare(entry().high(), entry().low(), other.entry().high(), other.entry().low());
      return compared < 0 || (compared == 0 && order < other.order);
    }

    void next() throws IOException, CorruptDataException {
      entry().next();
      open();
    }
  }
}
