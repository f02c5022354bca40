package dev.argon.waltools.dump;

import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.WalRecord;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Which records are wanted; what is empty does not restrict. The same block reference must have
/// the wanted relation, fork and block.
///
/// @param resourceManagers ids
/// @param transactionId unsigned
/// @param block unsigned
/// @param withImage whether only records with an image of a page are wanted
record RecordFilter(
    Set<Integer> resourceManagers,
    OptionalInt transactionId,
    Optional<RelFileNode> relation,
    OptionalInt fork,
    OptionalInt block,
    boolean withImage) {

  static final RecordFilter NONE =
      new RecordFilter(
          Set.of(),
          OptionalInt.empty(),
          Optional.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          false);

  boolean accepts(WalRecord record) {
    return (resourceManagers.isEmpty() || resourceManagers.contains(record.resourceManager()))
        && (transactionId.isEmpty() || transactionId.getAsInt() == record.transactionId())
        && acceptsBlocks(record)
        && (!withImage || hasImage(record));
  }

  private boolean acceptsBlocks(WalRecord record) {
    if (relation.isEmpty() && fork.isEmpty() && block.isEmpty()) {
      return true;
    }
    for (int i = 0; i < record.blockCount(); i++) {
      if ((relation.isEmpty() || isOf(record, i, relation.get()))
          && (fork.isEmpty() || fork.getAsInt() == record.blockFork(i))
          && (block.isEmpty() || block.getAsInt() == record.blockNumber(i))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOf(WalRecord record, int i, RelFileNode relation) {
    return record.blockSpcNode(i) == relation.spcNode()
        && record.blockDbNode(i) == relation.dbNode()
        && record.blockRelNode(i) == relation.relNode();
  }

  private static boolean hasImage(WalRecord record) {
    for (int i = 0; i < record.blockCount(); i++) {
      if (record.blockHasImage(i)) {
        return true;
      }
    }
    return false;
  }
}
