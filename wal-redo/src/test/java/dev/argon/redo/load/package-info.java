/// Loads that make a stock server write WAL records of all kinds; tests of other modules run them
/// too.
@org.jspecify.annotations.NullMarked
package dev.argon.redo.load;
