/// The commands of `argon`, one class each. A command parses its words, does one thing through
/// [dev.argon.cli.stack] or [dev.argon.cli.api] and prints what came of it.
@NullMarked
package dev.argon.cli.command;

import org.jspecify.annotations.NullMarked;
