package dev.argon.compute.memory;

import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// The segment files that one thread has open, a bounded number, the least recently used closed
/// first. They are kept by chunk and its status, so that a descriptor never outlives its relation:
/// a dropped relation's file number may come back as another file.
public final class SegmentFiles implements AutoCloseable {

  /// `RELSEG_SIZE` of Debian's build: a gigabyte.
  private static final int SEGMENT_CHUNKS = 131_072 / SharedMemoryLayout.CHUNK_BLOCKS;

  public static final int PAGE_SIZE = 8192;
  private static final int OPEN_MAX = 128;

  private final String dataDirectory;
  private final LinkedHashMap<Integer, Open> open = new LinkedHashMap<>(64, 0.75f, true);

  private record Open(int chunkStatus, SegmentFile file) {}

  public SegmentFiles(Path dataDirectory) {
    this.dataDirectory = dataDirectory.toString();
  }

  /// The file in which a chunk lies.
  ///
  /// @param number which chunk of the fork
  /// @throws java.nio.file.NoSuchFileException if the relation is gone
  public SegmentFile of(int chunk, int chunkStatus, RelFileNode relation, int fork, int number)
      throws IOException {
    Open known = open.get(chunk);
    if (known != null && known.chunkStatus == chunkStatus) {
      return known.file;
    }
    if (known != null) {
      open.remove(chunk);
      known.file.close();
    }
    SegmentFile file = SegmentFile.open(path(relation, fork, number / SEGMENT_CHUNKS));
    open.put(chunk, new Open(chunkStatus, file));
    if (open.size() > OPEN_MAX) {
      Map.Entry<Integer, Open> eldest = open.firstEntry();
      open.remove(eldest.getKey());
      eldest.getValue().file.close();
    }
    return file;
  }

  /// Where a block of a chunk begins in the chunk's segment file.
  public static long position(int number, int block) {
    return ((long) (number % SEGMENT_CHUNKS) * SharedMemoryLayout.CHUNK_BLOCKS + block) * PAGE_SIZE;
  }

  /// `GetRelationPath` of relpath.c.
  private String path(RelFileNode relation, int fork, int segment) {
    String directory =
        relation.spcNode() == RelFileNode.GLOBAL_TABLESPACE
            ? "global"
            : "base/" + Integer.toUnsignedString(relation.dbNode());
    return dataDirectory
        + '/'
        + directory
        + '/'
        + Integer.toUnsignedString(relation.relNode())
        + Fork.fileSuffix(fork)
        + (segment == 0 ? "" : "." + segment);
  }

  @Override
  public void close() {
    open.values().forEach(each -> each.file.close());
    open.clear();
  }
}
