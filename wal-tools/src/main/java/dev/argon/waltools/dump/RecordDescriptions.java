package dev.argon.waltools.dump;

import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import java.util.List;

/// The descriptions by resource manager.
final class RecordDescriptions {

  /// In the order of their ids (rmgrlist.h).
  private static final List<RecordDescription> BUILT_IN =
      List.of(
          new XlogDescription(),
          new TransactionDescription(),
          new StorageDescription(),
          new CommitLogDescription(),
          new DatabaseDescription(),
          new TablespaceDescription(),
          new MultiXactDescription(),
          new RelationMapDescription(),
          new StandbyDescription(),
          new Heap2Description(),
          new HeapDescription(),
          new BtreeDescription(),
          new HashDescription(),
          new GinDescription(),
          new GistDescription(),
          new SequenceDescription(),
          new SpgistDescription(),
          new BrinDescription(),
          new CommitTimestampDescription(),
          new ReplicationOriginDescription(),
          new GenericDescription(),
          new LogicalMessageDescription());

  private static final RecordDescription CUSTOM = new CustomDescription();

  /// How many resource managers the server itself has.
  static final int BUILT_IN_COUNT = BUILT_IN.size();

  private RecordDescriptions() {}

  static RecordDescription of(int resourceManager) {
    return resourceManager < BUILT_IN_COUNT ? BUILT_IN.get(resourceManager) : CUSTOM;
  }

  /// The name as `pg_waldump` has it.
  static String managerName(int resourceManager) {
    return resourceManager < BUILT_IN_COUNT
        ? ResourceManager.name(resourceManager)
        : "custom%03d".formatted(resourceManager);
  }

  /// Records of extensions' own managers: what they say is known to the extension only.
  private static final class CustomDescription implements RecordDescription {
    @Override
    public String name(int info) {
      return "";
    }

    @Override
    public void describe(WalRecord record, DescriptionText text) {
      text.add("rmid: ").signed(record.resourceManager());
    }
  }
}
