/// A whole Argon, started by `./argon up` in a directory of its own: what the tests do to it, and
/// what its `status --json` says.
@NullMarked
package dev.argon.it.stack;

import org.jspecify.annotations.NullMarked;
