package dev.argon.waltools.show;

import java.util.ArrayList;
import java.util.List;

/// Names of bits.
final class FlagNames {

  private FlagNames() {}

  /// The names of the bits that are set.
  ///
  /// @param names by bit, from the lowest; empty for bits without a name, which are shown as
  ///   numbers
  static List<String> of(int flags, String... names) {
    List<String> set = new ArrayList<>();
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      if ((flags >>> bit & 1) != 0) {
        boolean named = bit < names.length && !names[bit].isEmpty();
        set.add(named ? names[bit] : "0x" + Integer.toHexString(1 << bit));
      }
    }
    return set;
  }
}
