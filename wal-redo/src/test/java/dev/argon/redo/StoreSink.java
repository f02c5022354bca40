package dev.argon.redo;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.ServerParameters;
import dev.argon.redo.effect.EffectSink;
import dev.argon.redo.effect.PageChange;
import dev.argon.redo.effect.Slru;
import java.util.List;

/// Makes a record's effects on relations in a [PageStore], but leaves changed blocks to the caller.
record StoreSink(PageStore store, List<Replay.Block> blocks, long endLsn) implements EffectSink {

  private static final byte[] NO_IMAGE = {};

  @Override
  public void relationBlock(
      RelFileNode relation, int fork, int block, int blockIndex, boolean willInit) {
    blocks.add(new Replay.Block(relation, fork, block, blockIndex, NO_IMAGE));
  }

  @Override
  public void relationImage(RelFileNode relation, int fork, int block, byte[] page) {
    blocks.add(new Replay.Block(relation, fork, block, -1, page));
  }

  @Override
  public void relationChange(RelFileNode relation, int fork, int block, byte[] change) {
    if (store.exists(relation, fork, block)) {
      try {
        PageChange.apply(store.page(relation, fork, block), change, endLsn);
      } catch (CorruptDataException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void relationCreate(RelFileNode relation, int fork) {}

  @Override
  public void relationTruncate(RelFileNode relation, int fork, int blocks) {
    store.truncate(relation, fork, blocks);
  }

  @Override
  public void relationDrop(RelFileNode relation) {
    store.drop(relation);
  }

  @Override
  public void databaseDrop(int tablespace, int database) {
    store.dropDatabase(tablespace, database);
  }

  @Override
  public void databaseCopy(int fromTablespace, int fromDatabase, int tablespace, int database) {
    store.copyDatabase(fromTablespace, fromDatabase, tablespace, database);
  }

  @Override
  public void databaseCreate(int tablespace, int database) {}

  @Override
  public void relationMap(int tablespace, int database, byte[] map) {}

  @Override
  public void slruImage(Slru slru, int page, byte[] image) {}

  @Override
  public void slruChange(Slru slru, int page, byte[] change) {}

  @Override
  public void slruTruncate(Slru slru, int oldestPage) {}

  @Override
  public void slruDropSegments(Slru slru, int firstSegment, int endSegment) {}

  @Override
  public void twoPhaseCreate(int transactionId, byte[] state) {}

  @Override
  public void twoPhaseRemove(int transactionId) {}

  @Override
  public void commitTime(long timestampMicros) {}

  @Override
  public void parametersChanged(ServerParameters parameters) {}

  @Override
  public void auxiliaryFile(String path, byte[] content) {}

  @Override
  public void replicationOrigin(int originId, long remoteLsn) {}
}
