/// Benchmarks of decoding and redo on records and pages of real servers. `docs/benchmarks.md` says
/// how to run them.
@NullMarked
package dev.argon.redo.jmh;

import org.jspecify.annotations.NullMarked;
