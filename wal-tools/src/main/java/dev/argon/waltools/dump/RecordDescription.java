package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// What the records of one resource manager are called and what is said of them.
interface RecordDescription {

  /// The name of a kind of record (`rm_identify`).
  ///
  /// @param info `xl_info`, whole
  /// @return empty if there is no such kind
  String name(int info);

  /// Adds what the record's own data says (`rm_desc`).
  ///
  /// @throws CorruptDataException if it does not fit the record's kind; what was added stays
  void describe(WalRecord record, DescriptionText text) throws CorruptDataException;
}
