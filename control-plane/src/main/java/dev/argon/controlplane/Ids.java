package dev.argon.controlplane;

import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// New ids in Neon's form: two words and eight characters, `br-quiet-river-a1b2c3d4`.
public final class Ids {

  private static final List<String> ADJECTIVES =
      List.of(
          "autumn",
          "bold",
          "calm",
          "cool",
          "crimson",
          "dark",
          "dawn",
          "fancy",
          "frosty",
          "gentle",
          "green",
          "hidden",
          "icy",
          "late",
          "little",
          "lucky",
          "misty",
          "morning",
          "noisy",
          "old",
          "orange",
          "patient",
          "plain",
          "polished",
          "proud",
          "purple",
          "quiet",
          "rapid",
          "restless",
          "round",
          "royal",
          "shiny",
          "silent",
          "small",
          "snowy",
          "soft",
          "solitary",
          "still",
          "super",
          "sweet",
          "tight",
          "tiny",
          "wandering",
          "white",
          "wild",
          "winter",
          "withered",
          "young");
  private static final List<String> NOUNS =
      List.of(
          "bar",
          "base",
          "bird",
          "block",
          "boat",
          "bonus",
          "bread",
          "breeze",
          "brook",
          "bush",
          "butterfly",
          "cell",
          "cherry",
          "cloud",
          "credit",
          "darkness",
          "dew",
          "disk",
          "dream",
          "dust",
          "feather",
          "field",
          "fire",
          "firefly",
          "flower",
          "fog",
          "forest",
          "frog",
          "frost",
          "glade",
          "grass",
          "hall",
          "hat",
          "haze",
          "heart",
          "hill",
          "king",
          "lab",
          "lake",
          "leaf",
          "limit",
          "meadow",
          "moon",
          "morning",
          "mountain",
          "night",
          "paper",
          "pine",
          "poetry",
          "pond",
          "queen",
          "rain",
          "recipe",
          "resonance",
          "rice",
          "river",
          "salad",
          "scene",
          "sea",
          "shadow",
          "shape",
          "silence",
          "sky",
          "snow",
          "snowflake",
          "sound",
          "star",
          "sun",
          "sunset",
          "surf",
          "term",
          "thunder",
          "tooth",
          "tree",
          "union",
          "unit",
          "violet",
          "voice",
          "water",
          "waterfall",
          "wave",
          "wildflower",
          "wind",
          "wood");
  private static final String CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final int SUFFIX_LENGTH = 8;
  private static final int PASSWORD_LENGTH = 24;

  private final RandomGenerator random;

  /// @param random for passwords too: must not be predictable in production
  public Ids(RandomGenerator random) {
    this.random = random;
  }

  public RandomGenerator random() {
    return random;
  }

  public String project() {
    return words();
  }

  public String branch() {
    return "br-" + words();
  }

  public String endpoint() {
    return "ep-" + words();
  }

  public String operation() {
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }

  /// Letters and digits only: it stands in URLs as it is. 24 of them are 124 bits.
  public String password() {
    return characters(PASSWORD_LENGTH);
  }

  private String words() {
    return ADJECTIVES.get(random.nextInt(ADJECTIVES.size()))
        + "-"
        + NOUNS.get(random.nextInt(NOUNS.size()))
        + "-"
        + characters(SUFFIX_LENGTH);
  }

  private String characters(int count) {
    StringBuilder text = new StringBuilder(count);
    for (int i = 0; i < count; i++) {
      text.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
    }
    return text.toString();
  }
}
