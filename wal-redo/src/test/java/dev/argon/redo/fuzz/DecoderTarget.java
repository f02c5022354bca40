package dev.argon.redo.fuzz;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.postgres.wal.WalStreamDecoder;
import java.util.Arrays;

/// Cut, changed and reordered WAL in arbitrary pieces: the decoder hands out records or says at
/// which LSN it cannot go on; how the bytes were cut makes no difference.
final class DecoderTarget {

  private static final int PAGE_SIZE = 8192;
  private static final int PAGES_MAX = 6;
  private static final WalLayout LAYOUT = WalLayout.v15(0);

  private final Corpus corpus;
  private final Choices choices;
  private final byte[] image = new byte[PAGE_SIZE];

  private boolean unpacksImages;

  byte[] lastWal = {};
  long lastStartLsn;

  long clean;
  long refused;

  /// What a decoder made of some WAL: records and where they end, and why it stopped.
  private record Outcome(long records, long hash, long boundaryLsn, String error) {}

  DecoderTarget(Corpus corpus, Choices choices) {
    this.corpus = corpus;
    this.choices = choices;
  }

  void execute() {
    Corpus.Piece piece = corpus.pieces().get(choices.below(corpus.pieces().size()));
    long startLsn = piece.startLsn();
    byte[] wal = cut(piece);
    boolean finds = choices.oneIn(3);
    if (finds) {
      // From a page boundary on, which may lie within a record.
      int skipped = (int) (-startLsn & (PAGE_SIZE - 1));
      int from = Math.min(wal.length, skipped + PAGE_SIZE * choices.below(2));
      if (((startLsn + from) & (PAGE_SIZE - 1)) != 0) {
        finds = false;
      } else {
        startLsn += from;
        wal = Arrays.copyOfRange(wal, from, wal.length);
      }
    }
    boolean checksCrc = choices.oneIn(2);
    unpacksImages = choices.oneIn(8);
    for (int n = choices.below(4); n > 0 && wal.length > 0; n--) {
      change(wal, startLsn);
    }
    lastWal = wal;
    lastStartLsn = startLsn;
    byte[] before = wal.clone();
    Outcome whole = run(wal, startLsn, finds, checksCrc, wal.length);
    Outcome pieces =
        run(wal, startLsn, finds, checksCrc, 1 + choices.below(choices.oneIn(4) ? 40 : 9000));
    if (!whole.equals(pieces)) {
      throw new FindingError("whole: %s, in pieces: %s".formatted(whole, pieces));
    }
    if (!Arrays.equals(wal, before)) {
      throw new FindingError("the decoder changed the WAL");
    }
    if (whole.error().isEmpty()) {
      clean++;
    } else {
      refused++;
    }
  }

  private byte[] cut(Corpus.Piece piece) {
    int length = Math.min(piece.bytes().length, choices.below(PAGES_MAX * PAGE_SIZE));
    return Arrays.copyOf(piece.bytes(), length);
  }

  private void change(byte[] wal, long startLsn) {
    int at = choices.below(wal.length);
    int pageStart = (int) (-startLsn & (PAGE_SIZE - 1));
    int pages = Math.max(0, (wal.length - pageStart) / PAGE_SIZE);
    switch (choices.below(8)) {
      case 0 -> wal[at] ^= (byte) (1 << choices.below(8));
      case 1 -> wal[at] = (byte) choices.number();
      case 2 -> Arrays.fill(wal, at, Math.min(wal.length, at + choices.number() % 2000), (byte) 0);
      case 3 -> {
        // Within a page's header.
        int header = pageStart + choices.below(pages + 1) * PAGE_SIZE + choices.below(24);
        if (header + 2 <= wal.length) {
          LittleEndian.writeShort(wal, header, choices.number());
        }
      }
      case 4 -> {
        if (pages > 1) {
          swap(
              wal,
              pageStart + choices.below(pages) * PAGE_SIZE,
              pageStart + choices.below(pages) * PAGE_SIZE);
        }
      }
      case 5 -> {
        // Where records begin: their lengths.
        int aligned = at & ~7;
        if (aligned + 4 <= wal.length) {
          LittleEndian.writeInt(wal, aligned, choices.oneIn(2) ? choices.bits() : choices.number());
        }
      }
      case 6 -> {
        byte[] source = corpus.pieces().get(choices.below(corpus.pieces().size())).bytes();
        int length = Math.min(Math.min(wal.length - at, source.length), choices.below(PAGE_SIZE));
        System.arraycopy(source, 0, wal, at, length);
      }
      default -> {
        int length = Math.min(8, wal.length - at);
        System.arraycopy(wal, choices.below(wal.length - length + 1), wal, at, length);
      }
    }
  }

  private static void swap(byte[] wal, int a, int b) {
    byte[] first = Arrays.copyOfRange(wal, a, a + PAGE_SIZE);
    System.arraycopy(wal, b, wal, a, PAGE_SIZE);
    System.arraycopy(first, 0, wal, b, PAGE_SIZE);
  }

  private Outcome run(byte[] wal, long startLsn, boolean finds, boolean checksCrc, int pieceSize) {
    WalStreamDecoder decoder =
        finds
            ? WalStreamDecoder.findingFirstRecordFrom(startLsn, LAYOUT)
            : WalStreamDecoder.startingAt(startLsn, LAYOUT);
    decoder.checkingCrc(checksCrc);
    long records = 0;
    long hash = 0;
    String error = "";
    try {
      for (int from = 0; from < wal.length; from += pieceSize) {
        decoder.feed(wal, from, Math.min(pieceSize, wal.length - from));
        while (decoder.next()) {
          long end = decoder.recordEndLsn();
          if (end > decoder.fedLsn() || end <= decoder.recordStartLsn()) {
            throw new FindingError("a record that ends behind what was fed");
          }
          records++;
          hash = hash * 31 + use(decoder.record()) + end;
        }
      }
    } catch (CorruptDataException e) {
      error = String.valueOf(e.getMessage());
      if (!error.startsWith("WAL ")) {
        throw new FindingError("an error without LSN: " + error);
      }
    }
    return new Outcome(records, hash, decoder.boundaryLsn(), error);
  }

  private long use(WalRecord record) {
    long hash = record.length();
    for (int i = record.offset(); i < record.offset() + record.length(); i += 16) {
      hash = hash * 31 + record.bytes()[i];
    }
    for (int i = 0; i < record.blockCount(); i++) {
      if (unpacksImages && record.blockHasImage(i)) {
        try {
          record.blockImage(i, image);
          hash = hash * 31 + Arrays.hashCode(image);
        } catch (CorruptDataException _) {
          hash++;
        }
      }
    }
    return hash;
  }
}
