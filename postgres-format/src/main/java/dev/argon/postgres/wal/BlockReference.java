package dev.argon.postgres.wal;

import dev.argon.postgres.RelFileNode;

/// A block reference of a record to be written.
///
/// @param id by which redo finds it, ascending within a record
/// @param block unsigned block number
/// @param willInit whether redo makes the page anew
/// @param data what belongs to this block, may be empty
/// @param image a whole page that redo restores, or empty for none
@SuppressWarnings("ArrayRecordComponent") // a carrier of bytes, never compared
public record BlockReference(
    int id,
    RelFileNode relation,
    int fork,
    int block,
    boolean willInit,
    byte[] data,
    byte[] image) {

  public BlockReference {
    if (id < 0 || id > WalRecord.BLOCK_ID_MAX || data.length > 0xFFFF) {
      throw new IllegalArgumentException("block reference " + id + ", data " + data.length);
    }
    if (image.length != 0 && image.length != WalRecord.PAGE_SIZE) {
      throw new IllegalArgumentException("an image has 8192 bytes, not " + image.length);
    }
  }
}
