package dev.argon.quorum.sim;

import dev.argon.quorum.Term;

/// Eight bytes of made-up WAL: who wrote them, and whether a record ends behind them. Two cells are
/// the same WAL only if they are equal.
record Cell(Term term, long serial, boolean endsRecord) {

  static final int BYTES = 8;
}
