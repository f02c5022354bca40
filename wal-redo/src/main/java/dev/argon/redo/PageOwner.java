package dev.argon.redo;

import dev.argon.postgres.wal.ResourceManager;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;

/// Whose page this is, as the page itself tells: by the size of its special space, and by the
/// identification that each access method but b-tree and GIN keeps in its last two bytes. Pages of
/// access methods that are not PostgreSQL's own (bloom, pgvector) are under generic records.
public final class PageOwner {

  /// `SEQ_MAGIC` of sequence.c in four bytes, and four of alignment. Block 0 of an index has other
  /// bytes there; behind it a link to block 5911 would look the same.
  private static final long SEQUENCE_MAGIC = 0x1717;

  /// All flags of ginblock.h.
  private static final int GIN_FLAGS = 0xFF;

  /// `MAX_BT_CYCLE_ID` of nbtree.h.
  private static final int MAX_BTREE_CYCLE_ID = 0xFF7F;

  private PageOwner() {}

  /// The resource manager whose mask ([Redo#mask]) fits the page.
  ///
  /// @param page of a main or initialisation fork, not new
  /// @param block its number in the fork
  public static int resourceManager(ByteBuffer page, int block) {
    int special = PageHeader.special(page);
    int id = Short.toUnsignedInt(page.getShort(PageHeader.PAGE_SIZE - 2));
    return switch (PageHeader.PAGE_SIZE - special) {
      case 0 -> ResourceManager.HEAP;
      case 8 -> {
        if (block == 0 && page.getLong(special) == SEQUENCE_MAGIC) {
          yield ResourceManager.SEQ;
        }
        yield switch (id) {
          case 0xFF82 -> ResourceManager.SPGIST;
          case 0xF091, 0xF092, 0xF093 -> ResourceManager.BRIN;
          default -> id <= GIN_FLAGS ? ResourceManager.GIN : ResourceManager.GENERIC;
        };
      }
      case 16 ->
          switch (id) {
            case 0xFF80 -> ResourceManager.HASH;
            case 0xFF81 -> ResourceManager.GIST;
            default -> id <= MAX_BTREE_CYCLE_ID ? ResourceManager.BTREE : ResourceManager.GENERIC;
          };
      default -> ResourceManager.GENERIC;
    };
  }
}
