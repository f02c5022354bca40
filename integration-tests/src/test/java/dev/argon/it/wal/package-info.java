/// Offline WAL tools, as users run them, on logs of stock servers: PostgreSQL's own test suites, a
/// mixed load, rarely written records.
@org.jspecify.annotations.NullMarked
package dev.argon.it.wal;
