package dev.argon.redo.sequence;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// `XLOG_SEQ_LOG` (`xl_seq_rec`, sequence.h: relation, 12 bytes, then the tuple). Block 0 is the
/// page, built anew: the tuple and in the special space the magic number of a sequence
/// (`SEQ_MAGIC`).
public final class SequenceRedo {

  private static final int LOG = 0x00;

  private static final int RECORD_SIZE = 12;

  /// `sizeof(sequence_magic)`, aligned.
  private static final int SPECIAL_SIZE = 8;

  private static final int MAGIC = 0x1717;

  private SequenceRedo() {}

  /// Applies the record to its page.
  ///
  /// @return false if no record of this info changes pages
  public static boolean apply(ByteBuffer page, WalRecord record, int blockIndex, long endLsn)
      throws CorruptDataException {
    if (record.info() != LOG) {
      return false;
    }
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    RecordBytes.requireInit(record, blockIndex);
    int main = RecordBytes.mainData(record, RECORD_SIZE + 1);
    int length = record.mainDataLength() - RECORD_SIZE;
    PageHeader.initialise(page, SPECIAL_SIZE);
    page.putInt(PageHeader.special(page), MAGIC);
    page.put(PageItems.insert(page, 1, length), record.bytes(), main + RECORD_SIZE, length);
    PageHeader.setLsn(page, endLsn);
    return true;
  }
}
