/// Checks that say whether a PostgreSQL server lost or spoilt anything, whatever is below it: a
/// ledger kept outside, pg_amcheck, the visibility map, pgbench's balances. `HarnessIT` plants
/// faults in a stock cluster and sees each of them found.
@NullMarked
package dev.argon.it.check;

import org.jspecify.annotations.NullMarked;
