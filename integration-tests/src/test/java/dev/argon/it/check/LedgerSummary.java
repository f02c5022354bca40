package dev.argon.it.check;

/// What a look at the database found, when nothing was wrong.
///
/// @param acknowledged transactions that had to be there, and are
/// @param found of those in doubt until now, how many are there
/// @param notFound of those in doubt until now, how many are not
public record LedgerSummary(long acknowledged, long found, long notFound) {}
