/// `argon bench`: the same load on a stock PostgreSQL and on Argon, in turns in one run, so that
/// what else the machine does hits both. Both are made for the run, on the same disk, with the same
/// settings, the stock one with its durability on; both are gone afterwards. `append` compares one
/// safekeeper with a plain file, `redo` replay of WAL with crash recovery.
///
/// What must never break: the two sides get the same work; a figure is printed with its conditions
/// and its spread, never alone.
@NullMarked
package dev.argon.bench;

import org.jspecify.annotations.NullMarked;
