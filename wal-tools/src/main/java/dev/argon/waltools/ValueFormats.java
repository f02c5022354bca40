package dev.argon.waltools;

import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// How values are written on the command line. Empty means: not written so.
public final class ValueFormats {

  private ValueFormats() {}

  /// An unsigned 32-bit number.
  public static OptionalInt unsigned(String text) {
    try {
      return OptionalInt.of(Integer.parseUnsignedInt(text));
    } catch (NumberFormatException _) {
      return OptionalInt.empty();
    }
  }

  /// `TABLESPACE/DATABASE/FILENODE`.
  public static Optional<RelFileNode> relation(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    OptionalInt tablespace = unsigned(parts[0]);
    OptionalInt database = unsigned(parts[1]);
    OptionalInt file = unsigned(parts[2]);
    if (tablespace.isEmpty() || database.isEmpty() || file.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new RelFileNode(tablespace.getAsInt(), database.getAsInt(), file.getAsInt()));
  }

  /// The number of a fork: main, fsm, vm or init.
  public static OptionalInt fork(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "main" -> OptionalInt.of(Fork.MAIN);
      case "fsm" -> OptionalInt.of(Fork.FREE_SPACE_MAP);
      case "vm" -> OptionalInt.of(Fork.VISIBILITY_MAP);
      case "init" -> OptionalInt.of(Fork.INIT);
      default -> OptionalInt.empty();
    };
  }
}
