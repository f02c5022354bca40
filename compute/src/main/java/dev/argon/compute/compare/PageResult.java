package dev.argon.compute.compare;

/// What came of comparing a local page with the pageserver's.
public sealed interface PageResult {

  /// They are the same under the mask of their access method.
  record Same(Subject subject) implements PageResult {}

  /// They cannot be compared.
  record LeftOut(Reason reason) implements PageResult {}

  /// They differ.
  ///
  /// @param offset of the first byte that does
  /// @param text what differs, and both LSNs, in one line
  record Different(int offset, String text) implements PageResult {}

  /// Whose pages were compared.
  enum Subject {
    ZERO,
    HEAP,
    BTREE,
    HASH,
    GIN,
    GIST,
    SPGIST,
    BRIN,
    GENERIC,
    SEQUENCE,
    VISIBILITY_MAP
  }

  /// Why a page is left out. What PostgreSQL's side leaves out is not among these.
  enum Reason {
    /// An index build wrote it and logs it later, or logged it and did not write it again.
    NO_LSN_YET,
    /// A sequence that handed out values which WAL has behind it already.
    SEQUENCE_AHEAD,
    /// Not read for a buffer: a buffer has a newer version, and so has the pageserver.
    NEWER_IN_BUFFER,
    /// Not read for a buffer: the pageserver has nothing there. WAL of a drop or truncation gets to
    /// it before the file is gone or shorter here.
    NOTHING_THERE,
    /// The block was written, truncated or dropped meanwhile.
    OVERTAKEN,
    /// Before an eviction: the pageserver does not have the page's WAL yet, or does not answer.
    NOT_THERE_YET
  }
}
