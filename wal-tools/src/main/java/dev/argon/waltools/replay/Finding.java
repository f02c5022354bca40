package dev.argon.waltools.replay;

import dev.argon.postgres.RelFileNode;

/// Something that PostgreSQL's recovery would stop for.
///
/// @param resourceManager of the record
/// @param recordLsn where the record begins, 0 if there is none
/// @param endLsn where it ends
/// @param reason what is wrong
/// @param offset of the first byte that differs, under masks; -1 if no pages are compared
/// @param replayed the page as replay made it, unmasked; empty if none is kept
/// @param expected the page as the log has it; empty if it has none
@SuppressWarnings("ArrayRecordComponent") // shown, never compared
public record Finding(
    Kind kind,
    int resourceManager,
    int info,
    long recordLsn,
    long endLsn,
    RelFileNode relation,
    int fork,
    int block,
    String reason,
    int offset,
    byte[] replayed,
    byte[] expected) {

  /// What was found.
  public enum Kind {
    /// A page that replay made is not the page the server had.
    MISMATCH,
    /// A page was newer than the record that changes it, where none may be.
    TOO_NEW,
    /// A record changes a block that does not exist and was not dropped or truncated later.
    INVALID_PAGE,
    /// The record does not fit the page.
    REDO_FAILED,
    /// A page of the base has not the checksum that its content has. No record is to blame.
    DAMAGED_PAGE
  }
}
