/// Offline WAL tools, as users run them, on logs of stock servers: PostgreSQL's own test suites, a
/// mixed load, rarely written records.
@NullMarked
package dev.argon.it.wal;

import org.jspecify.annotations.NullMarked;
