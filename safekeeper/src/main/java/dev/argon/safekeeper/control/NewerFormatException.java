package dev.argon.safekeeper.control;

import dev.argon.postgres.CorruptDataException;

/// A control file that a newer program has written: nothing is wrong with it, but this program must
/// not touch the timeline.
public final class NewerFormatException extends CorruptDataException {

  private static final long serialVersionUID = 1;

  NewerFormatException(String where, int version, int newestKnown) {
    super(
        where
            + ": written by a newer version of Argon (control file format "
            + version
            + ", this program knows up to "
            + newestKnown
            + "); start that version here, or exclude this safekeeper from the timeline");
  }
}
