/// Makes the data directory that stock PostgreSQL boots from: the skeleton, the files the
/// pageserver gives, relation files that are all holes but have their true size, a control file
/// that says "shut down" at X, and the WAL page that holds the shutdown checkpoint record at X.
///
/// Called once per start, before PostgreSQL. What must never break: every fork file has exactly the
/// size of its fork (PostgreSQL takes sizes from the files), and nothing here is believed by
/// anybody but this start's PostgreSQL: local WAL below the boot record's end never leaves this
/// machine.
@NullMarked
package dev.argon.compute.boot;

import org.jspecify.annotations.NullMarked;
