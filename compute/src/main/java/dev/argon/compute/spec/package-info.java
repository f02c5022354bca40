/// What a compute is told to run: the JSON file of `--spec`, read, checked and turned into types.
/// Every mistake in it is one line that names the field. Called by the compute's start only;
/// nothing here opens a socket or starts a process.
@NullMarked
package dev.argon.compute.spec;

import org.jspecify.annotations.NullMarked;
