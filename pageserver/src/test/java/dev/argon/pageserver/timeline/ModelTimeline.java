package dev.argon.pageserver.timeline;

import dev.argon.pageserver.layer.ValueKind;
import dev.argon.pageservice.PageKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a timeline must answer, the simplest way: a list of all that was written, gone through from
/// the beginning for every read. A page is one number at its start.
final class ModelTimeline {

  /// One thing a record did.
  record Change(long lsn, PageKey key, int kind, long number) {}

  final @Nullable ModelTimeline parent;
  final long branchLsn;
  final List<Change> changes = new ArrayList<>();
  final List<Long> ends = new ArrayList<>();
  long lastLsn;

  ModelTimeline(@Nullable ModelTimeline parent, long branchLsn) {
    this.parent = parent;
    this.branchLsn = branchLsn;
    lastLsn = branchLsn;
  }

  /// The redo that goes with it.
  static PageRedo redo() {
    return (page, _, kind, _, bytes) -> {
      long number = bytes.getLong(bytes.position());
      long old = kind == ValueKind.INIT_RECORD ? 7 : page.getLong(0);
      page.putLong(0, step(kind, old, number));
    };
  }

  static long step(int kind, long old, long number) {
    return switch (kind) {
      case ValueKind.IMAGE -> number;
      case ValueKind.INIT_RECORD -> 7 * 31 + number;
      case ValueKind.RECORD -> old * 31 + number;
      default -> old * 17 + number;
    };
  }

  static byte[] bytes(Change change) {
    boolean page = change.key().kind() == PageKey.Kind.RELATION_BLOCK;
    if (change.kind() == ValueKind.IMAGE && page) {
      return ByteBuffer.allocate(8192)
          .order(java.nio.ByteOrder.LITTLE_ENDIAN)
          .putLong(0, change.number())
          .array();
    }
    if (change.key().kind() == PageKey.Kind.RELATION_CUT) {
      return ByteBuffer.allocate(4).putInt(0, (int) change.number()).array();
    }
    return ByteBuffer.allocate(8).putLong(0, change.number()).array();
  }

  long page(PageKey key, long lsn) {
    long value = parent == null ? 0 : parent.page(key, Math.min(lsn, branchLsn));
    for (Change change : changes) {
      if (change.lsn() > lsn) {
        break;
      }
      if (change.key().equals(key)) {
        value = step(change.kind(), value, change.number());
      } else if (change.key().equals(PageKey.relationCut(key.relationNode(), key.fork()))
          && change.number() <= key.block()) {
        value = 0;
      }
    }
    return value;
  }

  /// The value of a key that is not a page; 0 if there is none.
  long value(PageKey key, long lsn) {
    long value = parent == null ? 0 : parent.value(key, Math.min(lsn, branchLsn));
    for (Change change : changes) {
      if (change.lsn() <= lsn && change.key().equals(key)) {
        value = change.number();
      }
    }
    return value;
  }

  long recordEndUpTo(long lsn) {
    long found = 0;
    for (long end : ends) {
      if (end <= lsn) {
        found = end;
      }
    }
    if (found == 0 && parent != null) {
      return parent.recordEndUpTo(Math.min(lsn, branchLsn));
    }
    return found;
  }
}
