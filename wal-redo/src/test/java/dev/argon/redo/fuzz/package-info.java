/// The fuzzer of redo: changes records, pages and WAL of real servers with knowledge of their
/// structure and lets redo, effects, masks and the decoder meet the result. Anything but a value or
/// a typed error is a finding, and so are bytes written outside the page, much memory and much
/// time.
///
/// `RedoFuzzTest` runs it for seconds in the normal tests and writes the corpus; [FuzzMain] runs it
/// for hours.
@NullMarked
package dev.argon.redo.fuzz;

import org.jspecify.annotations.NullMarked;
