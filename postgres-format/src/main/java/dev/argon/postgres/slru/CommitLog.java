package dev.argon.postgres.slru;

/// Transaction states, two bits each (clog.c).
public final class CommitLog {

  public static final int IN_PROGRESS = 0;
  public static final int COMMITTED = 1;
  public static final int ABORTED = 2;
  public static final int SUB_COMMITTED = 3;

  public static final int TRANSACTIONS_PER_PAGE = SlruSegment.PAGE_SIZE * 4;

  private CommitLog() {}

  public static int page(int transactionId) {
    return Integer.divideUnsigned(transactionId, TRANSACTIONS_PER_PAGE);
  }

  /// Where a transaction's state stands in its page, counted in states.
  public static int indexInPage(int transactionId) {
    return transactionId & (TRANSACTIONS_PER_PAGE - 1);
  }

  /// The state of the transaction on its page.
  public static int state(byte[] page, int transactionId) {
    int index = indexInPage(transactionId);
    return (page[index >> 2] >> (2 * (index & 3))) & 3;
  }

  public static void setState(byte[] page, int transactionId, int state) {
    int index = indexInPage(transactionId);
    int shift = 2 * (index & 3);
    page[index >> 2] = (byte) ((page[index >> 2] & ~(3 << shift)) | (state << shift));
  }
}
