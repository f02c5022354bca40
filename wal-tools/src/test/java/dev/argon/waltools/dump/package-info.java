@NullMarked
package dev.argon.waltools.dump;

import org.jspecify.annotations.NullMarked;
