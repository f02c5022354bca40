/// Running programs and looking at processes from outside: what the tests need that is not about
/// Argon. A stock PostgreSQL cluster lives here too, to prove that the checks of
/// `dev.argon.it.check` can fail.
@NullMarked
package dev.argon.it.process;

import org.jspecify.annotations.NullMarked;
