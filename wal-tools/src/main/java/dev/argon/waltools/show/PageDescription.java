package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;

/// What is behind the header of one kind of page.
interface PageDescription {

  /// Adds sections to the report.
  ///
  /// @param block counted from the relation's beginning
  /// @throws CorruptDataException if nothing further can be said; what was added stays
  void describe(PageBytes page, long block, PageReport report) throws CorruptDataException;
}
