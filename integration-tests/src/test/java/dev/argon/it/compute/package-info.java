/// What a compute must take care of, one class for each group of subjects: everything that stock
/// PostgreSQL keeps in its files and WAL does not carry, while pages leave the machine between the
/// steps. `docs/testing.md` has the list of behaviours with their tests.
@NullMarked
package dev.argon.it.compute;

import org.jspecify.annotations.NullMarked;
