package dev.argon.objectstore;

import java.nio.charset.StandardCharsets;

/// The name of an object: parts between `/`, relative. A part has 1 to 200 of the characters `A-Z
/// a-z 0-9 . _ - = +`, does not begin with a dot and does not end in `.tmp`; so a name is a path
/// that stays within its root on every file system, and a key on every object service.
///
/// @param name the parts joined by `/`, 1000 bytes at most
public record ObjectKey(String name) implements Comparable<ObjectKey> {

  static final String TEMPORARY_SUFFIX = ".tmp";

  private static final int BYTES_MAX = 1000;
  private static final int PART_BYTES_MAX = 200;

  /// @throws IllegalArgumentException if `name` is not such a name
  public ObjectKey {
    if (name.getBytes(StandardCharsets.UTF_8).length > BYTES_MAX) {
      throw new IllegalArgumentException("an object's name of more than " + BYTES_MAX + " bytes");
    }
    for (String part : name.split("/", -1)) {
      if (!isPart(part)) {
        throw new IllegalArgumentException("not an object's name: " + name);
      }
    }
  }

  /// The name made of these parts.
  public static ObjectKey of(String first, String... more) {
    return new ObjectKey(more.length == 0 ? first : first + '/' + String.join("/", more));
  }

  private static boolean isPart(String part) {
    if (part.isEmpty()
        || part.length() > PART_BYTES_MAX
        || part.charAt(0) == '.'
        || part.endsWith(TEMPORARY_SUFFIX)) {
      return false;
    }
    return part.chars().allMatch(ObjectKey::isAllowed);
  }

  private static boolean isAllowed(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "._-=+".indexOf(c) >= 0;
  }

  @Override
  public int compareTo(ObjectKey other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
