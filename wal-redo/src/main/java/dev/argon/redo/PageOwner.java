package dev.argon.redo;

import dev.argon.postgres.wal.ResourceManager;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;

/// Whose page this is, as the page itself tells: by the size of its special space, and by the
/// identification that each access method but b-tree and GIN keeps in its last two bytes.
public final class PageOwner {

  /// `SEQ_MAGIC` of sequence.c, the first four bytes of the special space.
  private static final int SEQUENCE_MAGIC = 0x1717;

  private PageOwner() {}

  /// The resource manager whose mask ([Redo#mask]) fits the page.
  ///
  /// @param page of a main or initialisation fork, not new
  public static int resourceManager(ByteBuffer page) {
    int special = PageHeader.special(page);
    int id = Short.toUnsignedInt(page.getShort(PageHeader.PAGE_SIZE - 2));
    return switch (PageHeader.PAGE_SIZE - special) {
      case 16 ->
          switch (id) {
            case 0xFF80 -> ResourceManager.HASH;
            case 0xFF81 -> ResourceManager.GIST;
            default -> ResourceManager.BTREE; // a vacuum cycle id, always less
          };
      case 8 ->
          switch (id) {
            case 0xFF82 -> ResourceManager.SPGIST;
            case 0xFF83 -> ResourceManager.GENERIC; // bloom
            case 0xF091, 0xF092, 0xF093 -> ResourceManager.BRIN;
            default ->
                page.getInt(special) == SEQUENCE_MAGIC
                    ? ResourceManager.SEQ
                    : ResourceManager.GIN; // flags, always less
          };
      default -> ResourceManager.HEAP;
    };
  }
}
