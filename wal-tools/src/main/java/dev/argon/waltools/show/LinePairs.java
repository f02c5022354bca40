package dev.argon.waltools.show;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which lines of two descriptions belong together: those of the same section that begin with the
/// same name, as an item with its number.
final class LinePairs {

  private static final int HEX_LINE = 16;
  private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

  private LinePairs() {}

  /// Pairs in the order of the left lines, with what only the right has at the end; a line without
  /// partner stands beside an empty one.
  static List<String[]> of(List<String> left, List<String> right) {
    Map<String, String> leftLines = keyed(left);
    Map<String, String> rightLines = keyed(right);
    Set<String> keys = new LinkedHashSet<>(leftLines.keySet());
    keys.addAll(rightLines.keySet());
    List<String[]> pairs = new ArrayList<>();
    for (String key : keys) {
      String[] pair = {leftLines.getOrDefault(key, ""), rightLines.getOrDefault(key, "")};
      pairs.add(pair);
    }
    return pairs;
  }

  // Key: the section and the first word of the line; a number makes repeated ones different.
  private static Map<String, String> keyed(List<String> lines) {
    Map<String, String> keyed = new LinkedHashMap<>();
    String section = "";
    for (String line : lines) {
      String name = line.stripLeading();
      boolean isSection = !line.startsWith(" ");
      int space = name.indexOf(' ');
      section = isSection ? line : section;
      String key = isSection || space < 0 ? name : name.substring(0, space);
      String unique = section + "/" + key;
      for (int i = 2; keyed.containsKey(unique); i++) {
        unique = section + "/" + key + "/" + i;
      }
      keyed.put(unique, line);
    }
    return keyed;
  }

  /// Lines of 16 bytes that differ, in hexadecimal.
  static List<String[]> ofBytes(byte[] left, byte[] right) {
    List<String[]> pairs = new ArrayList<>();
    for (int offset = 0; offset < left.length; offset += HEX_LINE) {
      int end = Math.min(offset + HEX_LINE, left.length);
      if (!Arrays.equals(left, offset, end, right, offset, end)) {
        String[] pair = {
          "  %04x  %s".formatted(offset, HEX.formatHex(left, offset, end)),
          HEX.formatHex(right, offset, end)
        };
        pairs.add(pair);
      }
    }
    return pairs;
  }
}
