package dev.argon.redo.fuzz;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What real servers wrote: records with the pages they were for, and pieces of WAL. Of each kind
/// of record only the first few are kept.
public final class Corpus {

  private static final int MAGIC = 0x41465A31; // AFZ1
  private static final int SEEDS_PER_KIND = 20;
  private static final int PIECES_MAX = 60;
  private static final int PAGE_SIZE = 8192;
  private static final int OFFSET_MANAGER = 17;
  private static final int KEEPS_IMAGES = 16;
  private static final int RESTORES = 8;
  private static final int PIECE_SIZE = 8 * PAGE_SIZE;

  /// A record and the page it is for (zeros if it is for none).
  ///
  /// @param blockIndex position in the record's list of references, or -1
  /// @param parts the record taken apart
  @SuppressWarnings("ArrayRecordComponent")
  public record Seed(
      int resourceManager,
      byte[] page,
      byte[] record,
      int blockIndex,
      long endLsn,
      RecordParts parts) {}

  /// Raw WAL from a record boundary on.
  @SuppressWarnings("ArrayRecordComponent")
  public record Piece(long startLsn, byte[] bytes) {}

  private final Map<String, Integer> kinds = new HashMap<>();
  private final List<Seed> seeds = new ArrayList<>();
  private final Map<Integer, List<Seed>> byManager = new TreeMap<>();
  private final List<Piece> pieces = new ArrayList<>();

  /// Keeps the record if few of its kind are there.
  ///
  /// @param page before the record
  public void add(WalRecord record, ByteBuffer page, int blockIndex, long endLsn) {
    String kind =
        blockIndex < 0
            ? "%d/%02X".formatted(record.resourceManager(), record.info())
            : "%d/%02X/%d/%s"
                .formatted(
                    record.resourceManager(),
                    record.info(),
                    record.blockId(blockIndex),
                    record.blockImageApplies(blockIndex));
    if (kinds.merge(kind, 1, Integer::sum) <= SEEDS_PER_KIND) {
      byte[] before = new byte[PAGE_SIZE];
      page.get(0, before);
      byte[] bytes =
          Arrays.copyOfRange(record.bytes(), record.offset(), record.offset() + record.length());
      put(before, new RecordParts(record), bytes, blockIndex, endLsn);
    }
  }

  /// Most records lose the images that are there for consistency checks only: redo does not look at
  /// them, and they would be most of what is changed.
  private void put(byte[] page, RecordParts parts, byte[] record, int blockIndex, long endLsn) {
    int manager = record[OFFSET_MANAGER] & 0xFF;
    if (seeds.size() % KEEPS_IMAGES == 0) {
      put(new Seed(manager, page, record, blockIndex, endLsn, parts));
    } else {
      RecordParts smaller = parts.withoutConsistencyImages();
      put(new Seed(manager, page, smaller.toBytes(), blockIndex, endLsn, smaller));
    }
  }

  private void put(Seed seed) {
    seeds.add(seed);
    byManager.computeIfAbsent(seed.resourceManager(), _ -> new ArrayList<>()).add(seed);
  }

  /// Keeps what lies between two boundaries of records in a segment, cut to a few pages.
  ///
  /// @param fromLsn where one begins
  public void addWal(byte[] segment, long segmentLsn, long fromLsn, long endLsn) {
    if (fromLsn >= segmentLsn && fromLsn < endLsn) {
      int from = (int) (fromLsn - segmentLsn);
      int to = (int) Math.min(endLsn - segmentLsn, from + PIECE_SIZE);
      addWal(fromLsn, Arrays.copyOfRange(segment, from, to));
    }
  }

  private void addWal(long startLsn, byte[] bytes) {
    if (pieces.size() < PIECES_MAX) {
      pieces.add(new Piece(startLsn, bytes));
    }
  }

  public List<Seed> seeds() {
    return seeds;
  }

  public List<Piece> pieces() {
    return pieces;
  }

  /// Seldom one whose image is restored: there is little behind it to go wrong.
  Seed any(Choices choices) {
    Seed seed = seeds.get(choices.below(seeds.size()));
    return seed.parts().restoresImage() && !choices.oneIn(RESTORES)
        ? seeds.get(choices.below(seeds.size()))
        : seed;
  }

  /// Another record of the same resource manager.
  Seed sibling(Seed seed, Choices choices) {
    List<Seed> siblings = byManager.getOrDefault(seed.resourceManager(), seeds);
    return siblings.get(choices.below(siblings.size()));
  }

  /// How many kinds of records there are.
  public int kinds() {
    return kinds.size();
  }

  public void addAll(Corpus other) {
    other.seeds.forEach(this::put);
    other.pieces.forEach(piece -> addWal(piece.startLsn(), piece.bytes()));
    other.kinds.forEach((kind, count) -> kinds.merge(kind, count, Integer::sum));
  }

  /// Writes everything to one file.
  public void save(Path file) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeInt(MAGIC);
      out.writeInt(seeds.size());
      for (Seed seed : seeds) {
        out.write(seed.page());
        out.writeInt(seed.blockIndex());
        out.writeLong(seed.endLsn());
        out.writeInt(seed.record().length);
        out.write(seed.record());
      }
      out.writeInt(pieces.size());
      for (Piece piece : pieces) {
        out.writeLong(piece.startLsn());
        out.writeInt(piece.bytes().length);
        out.write(piece.bytes());
      }
    }
  }

  public static Corpus load(Path file) throws IOException, CorruptDataException {
    Corpus corpus = new Corpus();
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      if (in.readInt() != MAGIC) {
        throw new IOException("not a corpus: " + file);
      }
      for (int count = in.readInt(); count > 0; count--) {
        byte[] page = in.readNBytes(PAGE_SIZE);
        int blockIndex = in.readInt();
        long endLsn = in.readLong();
        byte[] record = in.readNBytes(in.readInt());
        RecordParts parts = new RecordParts(WalRecord.decode(record, 0, record.length));
        corpus.put(page, parts, record, blockIndex, endLsn);
      }
      for (int count = in.readInt(); count > 0; count--) {
        long startLsn = in.readLong();
        corpus.addWal(startLsn, in.readNBytes(in.readInt()));
      }
    }
    return corpus;
  }
}
