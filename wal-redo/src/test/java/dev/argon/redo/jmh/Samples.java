package dev.argon.redo.jmh;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.fuzz.Corpus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a benchmark works on, from the corpora that the tests against a server leave.
final class Samples {

  private Samples() {}

  static Corpus corpus(String name) throws IOException, CorruptDataException {
    return Corpus.load(Path.of(System.getProperty("argon.fuzz.corpus", "."), name + ".corpus"));
  }

  /// Records of one kind with their pages.
  ///
  /// @param infoMask which bits of the info count
  /// @param restores whether the block's image is to be restored
  static List<Corpus.Seed> of(
      Corpus corpus, int manager, int info, int infoMask, int blockId, boolean restores)
      throws CorruptDataException {
    List<Corpus.Seed> found = new ArrayList<>();
    for (Corpus.Seed seed : corpus.seeds()) {
      WalRecord record = WalRecord.decode(seed.record(), 0, seed.record().length);
      int index = seed.blockIndex();
      if (index >= 0
          && record.resourceManager() == manager
          && (record.info() & infoMask) == info
          && (blockId < 0 || record.blockId(index) == blockId)
          && record.blockImageApplies(index) == restores) {
        found.add(seed);
      }
    }
    if (found.isEmpty()) {
      throw new IllegalStateException("no record %d/%02X in the corpus".formatted(manager, info));
    }
    return found;
  }
}
