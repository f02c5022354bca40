/// Loads that make a stock server write WAL records of all kinds; tests of other modules run them
/// too.
@NullMarked
package dev.argon.redo.load;

import org.jspecify.annotations.NullMarked;
