package dev.argon.pageserver.layer;

/// A Bloom filter over keys: says "no" for certain or "perhaps" (1 % wrong at 10 bits a key). The
/// hash is part of the file format.
final class KeyFilter {

  private static final int BITS_PER_KEY = 10;
  private static final int PROBES = 7;

  private final long[] words;

  KeyFilter(long[] words) {
    this.words = words;
  }

  static KeyFilter of(long[] hashes, int count) {
    long bits = Math.max(64, (long) count * BITS_PER_KEY);
    KeyFilter filter = new KeyFilter(new long[(int) ((bits + 63) / 64)]);
    for (int i = 0; i < count; i++) {
      filter.add(hashes[i]);
    }
    return filter;
  }

  /// Both halves through the finaliser of SplitMix64.
  static long hash(long high, long low) {
    return mix(mix(high + 0x9E3779B97F4A7C15L) ^ low);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private void add(long hash) {
    long step = (hash >>> 17) | (hash << 47);
    long probe = hash;
    for (int i = 0; i < PROBES; i++) {
      int word = (int) Math.unsignedMultiplyHigh(probe, words.length);
      words[word] |= 1L << (probe & 63);
      probe += step;
    }
  }

  boolean mayContain(long hash) {
    long step = (hash >>> 17) | (hash << 47);
    long probe = hash;
    for (int i = 0; i < PROBES; i++) {
      int word = (int) Math.unsignedMultiplyHigh(probe, words.length);
      if ((words[word] & (1L << (probe & 63))) == 0) {
        return false;
      }
      probe += step;
    }
    return true;
  }

  long[] words() {
    return words;
  }
}
