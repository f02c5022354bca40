@NullMarked
package dev.argon.redo.effect;

import org.jspecify.annotations.NullMarked;
