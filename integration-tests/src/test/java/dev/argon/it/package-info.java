/// The system as users run it: real `./argon` commands, real processes, real PostgreSQL. One class
/// for each promise; `docs/testing.md` says which.
///
/// Every stack lives in its own directory and on its own ports and is gone after its test, and the
/// test fails if a process of it is left. What a test waits for is a condition with a limit, never
/// a span of time.
@NullMarked
package dev.argon.it;

import org.jspecify.annotations.NullMarked;
