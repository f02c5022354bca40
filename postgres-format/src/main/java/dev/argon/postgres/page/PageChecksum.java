package dev.argon.postgres.page;

import dev.argon.postgres.LittleEndian;

/// The checksum of a page (checksum_impl.h): 32 interleaved FNV-1a hashes over the page with its
/// checksum field as zero, folded together and mixed with the block number.
public final class PageChecksum {

  private static final int LANES = 32;
  private static final int ROW_SIZE = LANES * Integer.BYTES;
  private static final int PRIME = 16777619;

  private static final int[] BASES = {
    0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
    0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
    0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
    0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756
  };

  private PageChecksum() {}

  /// What `pd_checksum` of this page must be: 1 to 65535. The page must not be new: new pages have
  /// none.
  ///
  /// @param block the block number counted from the relation's beginning
  public static int compute(byte[] page, int block) {
    int[] sums = BASES.clone();
    for (int row = 0; row < Page.SIZE; row += ROW_SIZE) {
      for (int lane = 0; lane < LANES; lane++) {
        int value = LittleEndian.readInt(page, row + lane * Integer.BYTES);
        if (row == 0 && lane == Page.OFFSET_CHECKSUM / Integer.BYTES) {
          value &= 0xFFFF_0000;
        }
        sums[lane] = mix(sums[lane], value);
      }
    }
    int folded = 0;
    for (int sum : sums) {
      folded ^= mix(mix(sum, 0), 0);
    }
    return Integer.remainderUnsigned(folded ^ block, 65535) + 1;
  }

  private static int mix(int sum, int value) {
    int mixed = sum ^ value;
    return (mixed * PRIME) ^ (mixed >>> 17);
  }
}
