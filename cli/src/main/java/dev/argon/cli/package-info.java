/// `argon`: the command people type. Each command is one class; what it prints as a fact it also
/// prints as JSON. [dev.argon.cli.stack] starts and stops the processes of the local stack.
///
/// What must never break: exit code 0 only when the thing asked for is true; an error is one line
/// on standard error that says what to do next; scripts rely on names, options and JSON fields.
@NullMarked
package dev.argon.cli;

import org.jspecify.annotations.NullMarked;
