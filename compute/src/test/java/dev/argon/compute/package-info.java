@NullMarked
package dev.argon.compute;

import org.jspecify.annotations.NullMarked;
