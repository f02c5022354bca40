/// The local stack: one data directory (its layout is in `docs/interfaces.md`), and the processes
/// that run on it. They are started in sessions of their own and outlive the command; what runs is
/// read from their `process.json` and `/proc`, never remembered.
///
/// What must never break: two commands never change one stack at the same time; `down` leaves no
/// process behind and deletes no data.
@NullMarked
package dev.argon.cli.stack;

import org.jspecify.annotations.NullMarked;
