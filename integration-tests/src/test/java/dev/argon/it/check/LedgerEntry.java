package dev.argon.it.check;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// The contents of one transaction of the ledger, a pure function of seed, client and sequence
/// number: whoever looks at the database later knows what must be there to the byte.
///
/// @param ends how the client ends it
/// @param strayLine also insert a line below a savepoint and roll back to it
record LedgerEntry(int client, long seq, List<Long> amounts, Ending ends, boolean strayLine) {

  enum Ending {
    COMMIT,
    ROLLBACK
  }

  private static final int LINES_MAX = 8;

  static LedgerEntry of(long seed, int client, long seq) {
    RandomGenerator random =
        RandomGeneratorFactory.of("L64X128MixRandom")
            .create(seed * 1_000_003L + client * 7_919L + seq);
    int lines = 1 + random.nextInt(LINES_MAX);
    List<Long> amounts = new ArrayList<>();
    for (int line = 0; line < lines; line++) {
      amounts.add(random.nextLong(1_000_000));
    }
    Ending ends = random.nextInt(20) == 0 ? Ending.ROLLBACK : Ending.COMMIT;
    return new LedgerEntry(client, seq, List.copyOf(amounts), ends, random.nextInt(10) == 0);
  }

  long total() {
    return amounts.stream().mapToLong(Long::longValue).sum();
  }
}
