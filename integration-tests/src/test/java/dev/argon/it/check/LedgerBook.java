package dev.argon.it.check;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// What one client of the ledger knows of its transactions, kept outside the database. Sequence
/// numbers begin at 0 and have no gap here; in the database those of lost transactions are missing.
final class LedgerBook {

  /// What the client was told about a transaction.
  enum Outcome {
    /// COMMIT has not been sent, or the client rolled back: it must not be there.
    NOT_COMMITTED,
    /// COMMIT was sent and no answer came: it is there as a whole, or not at all.
    IN_DOUBT,
    /// COMMIT was answered: it must be there.
    ACKNOWLEDGED,
    /// Was in doubt, and a later look found it: it must stay.
    FOUND,
    /// Was in doubt, and a later look did not find it: it must not come back.
    NOT_FOUND
  }

  private final ReentrantLock lock = new ReentrantLock(); // guards outcomes
  private final List<Outcome> outcomes = new ArrayList<>();

  /// The number of the next transaction, which counts as not committed until told otherwise.
  long begin() {
    lock.lock();
    try {
      outcomes.add(Outcome.NOT_COMMITTED);
      return outcomes.size() - 1L;
    } finally {
      lock.unlock();
    }
  }

  void record(long seq, Outcome outcome) {
    lock.lock();
    try {
      outcomes.set(Math.toIntExact(seq), outcome);
    } finally {
      lock.unlock();
    }
  }

  Outcome outcome(long seq) {
    lock.lock();
    try {
      return seq >= 0 && seq < outcomes.size()
          ? outcomes.get(Math.toIntExact(seq))
          : Outcome.NOT_COMMITTED;
    } finally {
      lock.unlock();
    }
  }

  long size() {
    lock.lock();
    try {
      return outcomes.size();
    } finally {
      lock.unlock();
    }
  }

  long count(Outcome outcome) {
    lock.lock();
    try {
      return outcomes.stream().filter(o -> o == outcome).count();
    } finally {
      lock.unlock();
    }
  }
}
