package dev.argon.redo.spgist;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.page.IndexItems;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RecordBytes;
import java.nio.ByteBuffer;

/// Vacuum of an SP-GiST page, always block 0 (spgxlog.h).
///
/// `spgxlogVacuumLeaf`: dead u16, placeholders u16, moved u16, chained u16, transaction u32, build
/// u8, padding, then item numbers u16: dead, placeholders, moved from, moved to, chained, their
/// next ones. `spgxlogVacuumRoot`: deleted u16, padding, transaction u32, build u8, padding, items
/// u16. `spgxlogVacuumRedirect`: redirections u16, first placeholder to remove u16, transaction
/// u32, items u16.
final class SpgistVacuumRedo {

  private static final int LEAF_SIZE = 16;
  private static final int ROOT_SIZE = 12;
  private static final int REDIRECT_SIZE = 8;

  private SpgistVacuumRedo() {}

  static void leaf(ByteBuffer page, WalRecord record, int blockIndex) throws CorruptDataException {
    require(page, record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, LEAF_SIZE);
    int dead = LittleEndian.unsignedShort(bytes, main);
    int placeholders = LittleEndian.unsignedShort(bytes, main + 2);
    int moves = LittleEndian.unsignedShort(bytes, main + 4);
    int chains = LittleEndian.unsignedShort(bytes, main + 6);
    RecordBytes.mainData(record, LEAF_SIZE + 2 * (dead + placeholders + 2 * (moves + chains)));
    int toDead = main + LEAF_SIZE;
    int toPlaceholder = toDead + 2 * dead;
    int moveFrom = toPlaceholder + 2 * placeholders;
    int moveTo = moveFrom + 2 * moves;
    int chain = moveTo + 2 * moves;
    int next = chain + 2 * chains;
    deleteAll(page, bytes, toDead, dead, SpgistPage.DEAD);
    deleteAll(page, bytes, toPlaceholder, placeholders, SpgistPage.PLACEHOLDER);
    for (int i = 0; i < moves; i++) {
      int from = LittleEndian.unsignedShort(bytes, moveFrom + 2 * i);
      int to = LittleEndian.unsignedShort(bytes, moveTo + 2 * i);
      int pointer = PageItems.requirePointer(page, from);
      PageItems.setPointer(page, from, PageItems.requirePointer(page, to));
      PageItems.setPointer(page, to, pointer);
    }
    deleteAll(page, bytes, moveFrom, moves, SpgistPage.PLACEHOLDER);
    for (int i = 0; i < chains; i++) {
      SpgistPage.setNext(
          page,
          LittleEndian.unsignedShort(bytes, chain + 2 * i),
          LittleEndian.unsignedShort(bytes, next + 2 * i));
    }
  }

  private static void deleteAll(ByteBuffer page, byte[] bytes, int from, int count, int state)
      throws CorruptDataException {
    SpgistPage.deleteAll(page, bytes, from, count, state, state, 0, SpgistPage.NO_BLOCK, 0);
  }

  static void root(ByteBuffer page, WalRecord record, int blockIndex) throws CorruptDataException {
    require(page, record, blockIndex);
    int main = RecordBytes.mainData(record, ROOT_SIZE);
    int count = LittleEndian.unsignedShort(record.bytes(), main);
    RecordBytes.mainData(record, ROOT_SIZE + 2 * count);
    IndexItems.deleteAll(page, record.bytes(), main + ROOT_SIZE, count);
  }

  static void redirect(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    require(page, record, blockIndex);
    byte[] bytes = record.bytes();
    int main = RecordBytes.mainData(record, REDIRECT_SIZE);
    int count = LittleEndian.unsignedShort(bytes, main);
    int firstPlaceholder = LittleEndian.unsignedShort(bytes, main + 2);
    RecordBytes.mainData(record, REDIRECT_SIZE + 2 * count);
    for (int i = 0; i < count; i++) {
      SpgistPage.makePlaceholder(
          page, LittleEndian.unsignedShort(bytes, main + REDIRECT_SIZE + 2 * i));
    }
    SpgistPage.addRedirections(page, -count);
    SpgistPage.addPlaceholders(page, count);
    if (firstPlaceholder != 0) {
      int[] removed = new int[Math.max(PageItems.count(page) - firstPlaceholder + 1, 0)];
      for (int i = 0; i < removed.length; i++) {
        removed[i] = firstPlaceholder + i;
      }
      SpgistPage.addPlaceholders(page, -removed.length);
      SpgistPage.deleteSorted(page, removed);
    }
  }

  private static void require(ByteBuffer page, WalRecord record, int blockIndex)
      throws CorruptDataException {
    if (record.blockId(blockIndex) != 0) {
      throw RecordBytes.noSuchBlock(record, blockIndex);
    }
    SpgistPage.require(page, record, blockIndex);
  }
}
