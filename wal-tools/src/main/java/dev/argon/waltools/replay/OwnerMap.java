package dev.argon.waltools.replay;

/// Which thread changes which pages: the dispatcher (0) or a worker (from 1). Pages are scattered
/// over slots, slots are given to threads. All maps (visibility, free space) are the dispatcher's,
/// because records change them without saying so.
///
/// The dispatcher also reads and decodes the log, so its share is smaller; how much smaller depends
/// on the records, so the shares follow what the threads were seen to do.
final class OwnerMap {

  private static final int SLOT_BITS = 10;
  private static final int SLOTS = 1 << SLOT_BITS;

  /// Shares that differ less are left alone.
  private static final double STEP_MIN = 0.02;

  private final int workers;
  private final byte[] owners = new byte[SLOTS];
  private double share;

  OwnerMap(int workers) {
    this.workers = workers;
    assign(workers == 0 ? 0 : workers / (workers + 0.4));
  }

  int owner(ForkFile file, int block) {
    return owners[(file.hash + block * 0x9E37_79B1) >>> (32 - SLOT_BITS)];
  }

  private void assign(double newShare) {
    share = newShare;
    int theirs = (int) (newShare * SLOTS);
    // Slots are spread evenly, so that a small change moves few of them.
    for (int slot = 0; slot < SLOTS; slot++) {
      int spread = Integer.reverse(slot) >>> (32 - SLOT_BITS);
      owners[slot] = (byte) (spread < theirs ? 1 + spread % workers : 0);
    }
  }

  /// Moves the shares to where all threads would have had the same to do. Only while no batch is
  /// under way.
  ///
  /// @param ownNanos how long the dispatcher was at work since the last call
  /// @param busyNanos how long the workers were, all together
  void balance(long ownNanos, long busyNanos) {
    if (workers == 0 || share == 0 || busyNanos == 0) {
      return;
    }
    double pageWork = busyNanos / share;
    double ownWork = ownNanos - (1 - share) * pageWork;
    double ideal = (ownWork + pageWork) / (pageWork * (1 + 1.0 / workers));
    double bounded = Math.clamp(ideal, 0.05, 1.0);
    double next = (share + bounded) / 2;
    if (Math.abs(next - share) >= STEP_MIN) {
      assign(next);
    }
  }

  /// Of all slots, those that are the workers'.
  double share() {
    return share;
  }
}
