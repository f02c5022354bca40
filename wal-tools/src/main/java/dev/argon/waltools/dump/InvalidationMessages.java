package dev.argon.waltools.dump;

import dev.argon.postgres.CorruptDataException;

/// Cache invalidation messages (`SharedInvalidationMessage`, sinval.h, 16 bytes each): the kind is
/// a signed byte, from 0 on the number of a catalog cache.
final class InvalidationMessages {

  static final int SIZE = 16;

  private InvalidationMessages() {}

  /// Describes a number of messages and the messages behind it.
  ///
  /// @param countOffset where the number stands
  static void describe(
      RecordFields data,
      int countOffset,
      int database,
      int tablespace,
      boolean relationCacheFile,
      DescriptionText text)
      throws CorruptDataException {
    int first = countOffset + 4;
    describe(
        data,
        first,
        data.count(countOffset, first, SIZE),
        database,
        tablespace,
        relationCacheFile,
        text);
  }

  /// As above, where the number stands elsewhere.
  static void describe(
      RecordFields data,
      int first,
      int count,
      int database,
      int tablespace,
      boolean relationCacheFile,
      DescriptionText text)
      throws CorruptDataException {
    if (count <= 0) {
      return;
    }
    if (relationCacheFile) {
      text.add("; relcache init file inval dbid ").unsigned(database);
      text.add(" tsid ").unsigned(tablespace);
    }
    text.add("; inval msgs:");
    for (int at = first; at < first + count * SIZE; at += SIZE) {
      int kind = data.signedByte(at);
      switch (kind) {
        case -1 -> text.add(" catalog ").unsigned(data.integer(at + 8));
        case -2 -> text.add(" relcache ").unsigned(data.integer(at + 8));
        case -3 -> text.add(" smgr");
        case -4 -> text.add(" relmap db ").unsigned(data.integer(at + 4));
        case -5 -> text.add(" snapshot ").unsigned(data.integer(at + 8));
        default -> text.add(kind >= 0 ? " catcache " : " unrecognized id ").signed(kind);
      }
    }
  }
}
