package dev.argon.redo.hash;

import dev.argon.postgres.CorruptDataException;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;

/// The meta page of a hash index (`HashMetaPageData`, hash.h), after the page header.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic |
/// | 4 | 4 | version |
/// | 8 | 8 | tuples, f64 |
/// | 16 | 2 | fill factor |
/// | 18 | 2 | size of a page for tuples |
/// | 20 | 2 | size of a bitmap |
/// | 22 | 2 | log2 of a bitmap's bits |
/// | 24 | 4 | highest bucket |
/// | 28 | 4 | high mask |
/// | 32 | 4 | low mask |
/// | 36 | 4 | split point from which overflow pages are allocated |
/// | 40 | 4 | lowest free overflow page |
/// | 44 | 4 | number of bitmap pages |
/// | 48 | 4 | hash procedure |
/// | 52 | 4 x 98 | spare pages before each split point |
/// | 444 | 4 x 1024 | blocks of the bitmap pages |
final class HashMeta {

  private static final int MAGIC = 0x6440640;
  private static final int VERSION = 4;
  private static final int SIZE = 4544;
  private static final int BITMAP_SHIFT = 12;
  private static final int BUCKETS_MAX = 0x40000000;

  /// `HASH_MAX_SPLITPOINTS`.
  private static final int SPLIT_POINTS = 98;

  /// `HASH_MAX_BITMAPS`.
  private static final int BITMAPS = 1024;

  private static final int GROUPS_WITH_ONE_PHASE = 10;
  private static final int PHASE_BITS = 2;
  private static final int PHASE_MASK = 3;

  private static final int META = PageHeader.SIZE;
  private static final int OFFSET_TUPLES = META + 8;
  private static final int OFFSET_MAX_BUCKET = META + 24;
  private static final int OFFSET_HIGH_MASK = META + 28;
  private static final int OFFSET_LOW_MASK = META + 32;
  private static final int OFFSET_SPLIT_POINT = META + 36;
  private static final int OFFSET_FIRST_FREE = META + 40;
  private static final int OFFSET_BITMAPS = META + 44;
  private static final int OFFSET_PROCEDURE = META + 48;
  private static final int OFFSET_SPARES = META + 52;
  private static final int OFFSET_BITMAP_BLOCKS = META + 444;

  private HashMeta() {}

  /// `_hash_init_metabuffer`.
  static void initialise(ByteBuffer page, double tuples, int procedure, int fillFactor)
      throws CorruptDataException {
    double wanted = tuples / fillFactor;
    if (Double.isNaN(wanted)) {
      throw new CorruptDataException(tuples + " tuples with fill factor " + fillFactor);
    }
    int buckets;
    if (wanted <= 2.0) {
      buckets = 2;
    } else if (wanted >= BUCKETS_MAX) {
      buckets = BUCKETS_MAX;
    } else {
      buckets = totalBuckets(splitPoint((int) wanted));
    }
    int splitPoint = splitPoint(buckets);
    HashPage.initialise(page, HashPage.NONE, HashPage.NONE, HashPage.META_PAGE);
    page.putInt(META, MAGIC);
    page.putInt(META + 4, VERSION);
    page.putShort(META + 16, (short) fillFactor);
    page.putShort(META + 18, (short) HashPage.CONTENT_SIZE);
    page.putShort(META + 20, (short) (1 << BITMAP_SHIFT));
    page.putShort(META + 22, (short) (BITMAP_SHIFT + 3));
    page.putInt(OFFSET_MAX_BUCKET, buckets - 1);
    int highMask = (Integer.highestOneBit(buckets) << 1) - 1;
    page.putInt(OFFSET_HIGH_MASK, highMask);
    page.putInt(OFFSET_LOW_MASK, highMask >>> 1);
    page.putInt(OFFSET_SPLIT_POINT, splitPoint);
    page.putInt(OFFSET_PROCEDURE, procedure);
    page.putInt(OFFSET_SPARES + 4 * splitPoint, 1);
    PageHeader.setLower(page, META + SIZE);
  }

  /// `_hash_spareindex`: the split point phase that covers so many buckets.
  private static int splitPoint(int buckets) {
    int group = buckets < 2 ? 0 : 32 - Integer.numberOfLeadingZeros(buckets - 1);
    if (group < GROUPS_WITH_ONE_PHASE) {
      return group;
    }
    return GROUPS_WITH_ONE_PHASE
        + ((group - GROUPS_WITH_ONE_PHASE) << PHASE_BITS)
        + (((buckets - 1) >>> (group - (PHASE_BITS + 1))) & PHASE_MASK);
  }

  /// `_hash_get_totalbuckets`: how many buckets there are after a split point phase.
  private static int totalBuckets(int phase) {
    if (phase < GROUPS_WITH_ONE_PHASE) {
      return 1 << phase;
    }
    int later = phase - GROUPS_WITH_ONE_PHASE;
    int half = 1 << (GROUPS_WITH_ONE_PHASE + (later >>> PHASE_BITS) - 1);
    return half + (half >>> PHASE_BITS) * ((later & PHASE_MASK) + 1);
  }

  static void setTuples(ByteBuffer page, double tuples) {
    page.putDouble(OFFSET_TUPLES, tuples);
  }

  static void addTuples(ByteBuffer page, double tuples) {
    setTuples(page, page.getDouble(OFFSET_TUPLES) + tuples);
  }

  static int maxBucket(ByteBuffer page) {
    return page.getInt(OFFSET_MAX_BUCKET);
  }

  static void setMaxBucket(ByteBuffer page, int bucket) {
    page.putInt(OFFSET_MAX_BUCKET, bucket);
  }

  static void setMasks(ByteBuffer page, int low, int high) {
    page.putInt(OFFSET_LOW_MASK, low);
    page.putInt(OFFSET_HIGH_MASK, high);
  }

  static void setFirstFree(ByteBuffer page, int bit) {
    page.putInt(OFFSET_FIRST_FREE, bit);
  }

  static void setSplitPoint(ByteBuffer page, int splitPoint, int spares)
      throws CorruptDataException {
    page.putInt(sparesOffset(splitPoint), spares);
    page.putInt(OFFSET_SPLIT_POINT, splitPoint);
  }

  /// One more overflow page before the current split point.
  static void addSpare(ByteBuffer page) throws CorruptDataException {
    int at = sparesOffset(page.getInt(OFFSET_SPLIT_POINT));
    page.putInt(at, page.getInt(at) + 1);
  }

  private static int sparesOffset(int splitPoint) throws CorruptDataException {
    if (splitPoint < 0 || splitPoint >= SPLIT_POINTS) {
      throw new CorruptDataException("split point " + splitPoint);
    }
    return OFFSET_SPARES + 4 * splitPoint;
  }

  static void addBitmap(ByteBuffer page, int block) throws CorruptDataException {
    int bitmaps = page.getInt(OFFSET_BITMAPS);
    if (bitmaps < 0 || bitmaps >= BITMAPS) {
      throw new CorruptDataException(bitmaps + " bitmap pages");
    }
    page.putInt(OFFSET_BITMAP_BLOCKS + 4 * bitmaps, block);
    page.putInt(OFFSET_BITMAPS, bitmaps + 1);
  }
}
