package dev.argon.safekeeper;

import dev.argon.objectstore.ObjectKey;
import dev.argon.objectstore.ObjectStore;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.wal.WalReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Where readers find the segments of a timeline: in its directory, or, once they were removed
/// there, in the object store.
final class SegmentFiles {

  /// Files made while a segment is fetched; of no use to a later process.
  static final String FETCHED_PREFIX = "fetched-";

  private final ObjectStore store;

  SegmentFiles(ObjectStore store) {
    this.store = store;
  }

  ObjectStore store() {
    return store;
  }

  /// The object of a whole segment.
  static ObjectKey objectKey(Timeline timeline, long segmentNumber) {
    return ObjectKey.of(
        timeline.key().tenant().toString(),
        timeline.key().timeline().toString(),
        "wal",
        String.valueOf(timeline.wal().file(segmentNumber).getFileName()));
  }

  /// A reader of the timeline's WAL, with files of its own.
  WalReader reader(Timeline timeline) {
    return new WalReader(
        number -> open(timeline, number),
        timeline.wal().layout(),
        timeline.state().control().timelineStartLsn());
  }

  private FileChannel open(Timeline timeline, long number) throws IOException {
    try {
      return FileChannel.open(timeline.wal().file(number), StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      return fetch(timeline, number);
    }
  }

  private FileChannel fetch(Timeline timeline, long number) throws IOException {
    Path target = Files.createTempFile(timeline.wal().directory(), FETCHED_PREFIX, ".segment");
    Files.delete(target); // the store makes the file itself
    try {
      store.download(objectKey(timeline, number), target);
      return FileChannel.open(target, StandardOpenOption.READ);
    } finally {
      Files.deleteIfExists(target); // whoever has it open reads on
    }
  }
}
