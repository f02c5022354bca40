/// Benchmarks of the parser. `docs/benchmarks.md` says how to run them.
@NullMarked
package dev.argon.pgwire.jmh;

import org.jspecify.annotations.NullMarked;
