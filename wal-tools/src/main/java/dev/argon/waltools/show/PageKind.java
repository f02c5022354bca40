package dev.argon.waltools.show;

import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.page.Page;
import java.util.Locale;
import java.util.Optional;

/// Who wrote a page and how it is to be read.
public enum PageKind {
  /// Never initialised: zeros, as far as the header says.
  NEW,
  HEAP,
  SEQUENCE,
  BTREE,
  HASH,
  GIN,
  GIST,
  SPGIST,
  BRIN,
  VISIBILITY_MAP,
  FREE_SPACE_MAP,
  /// With a special space that is nobody's.
  UNKNOWN;

  /// In four bytes, and zeros behind them.
  private static final long SEQUENCE_MAGIC = 0x1717;

  private static final int HASH_PAGE_ID = 0xFF80;
  private static final int GIST_PAGE_ID = 0xFF81;
  private static final int SPGIST_PAGE_ID = 0xFF82;

  /// `MAX_BT_CYCLE_ID`: other access methods' ids are above it.
  private static final int BTREE_CYCLE_ID_MAX = 0xFF7F;

  private static final int BRIN_PAGE_TYPE_MIN = 0xF091;
  private static final int BRIN_PAGE_TYPE_MAX = 0xF093;

  /// All flags of GIN.
  private static final int GIN_FLAGS = 0xFF;

  /// `heap`, `free-space-map` and so on.
  public String title() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The kind with a title; empty if there is none. `fsm` and `vm` are known, too.
  public static Optional<PageKind> parse(String title) {
    String wanted = title.toLowerCase(Locale.ROOT);
    for (PageKind kind : values()) {
      if (kind.title().equals(wanted)) {
        return Optional.of(kind);
      }
    }
    return switch (wanted) {
      case "fsm" -> Optional.of(FREE_SPACE_MAP);
      case "vm" -> Optional.of(VISIBILITY_MAP);
      default -> Optional.empty();
    };
  }

  /// What a page says of itself, by the size of its special space and the id at its end. Access
  /// methods have put these ids there for tools like this one.
  public static PageKind recognise(byte[] page) {
    if (Page.isNew(page)) {
      return NEW;
    }
    int special = Page.special(page);
    int last = LittleEndian.unsignedShort(page, Page.SIZE - 2);
    return switch (Page.SIZE - special) {
      case 0 -> withoutSpecial(page);
      case 8 -> {
        if (LittleEndian.readLong(page, special) == SEQUENCE_MAGIC) {
          yield SEQUENCE;
        }
        if (last == SPGIST_PAGE_ID) {
          yield SPGIST;
        }
        if (last >= BRIN_PAGE_TYPE_MIN && last <= BRIN_PAGE_TYPE_MAX) {
          yield BRIN;
        }
        yield last <= GIN_FLAGS ? GIN : UNKNOWN;
      }
      case 16 -> {
        if (last == HASH_PAGE_ID) {
          yield HASH;
        }
        yield last == GIST_PAGE_ID ? GIST : last <= BTREE_CYCLE_ID_MAX ? BTREE : UNKNOWN;
      }
      default -> UNKNOWN;
    };
  }

  /// Maps have nothing but contents where a heap page without tuples has zeros.
  private static PageKind withoutSpecial(byte[] page) {
    if (Page.lower(page) != Page.HEADER_SIZE || Page.upper(page) != Page.SIZE) {
      return HEAP;
    }
    boolean empty = true;
    for (int i = Page.HEADER_SIZE; i < Page.SIZE && empty; i++) {
      empty = page[i] == 0;
    }
    if (empty) {
      return HEAP;
    }
    return FreeSpaceMapDescription.isLikely(page) ? FREE_SPACE_MAP : VISIBILITY_MAP;
  }
}
