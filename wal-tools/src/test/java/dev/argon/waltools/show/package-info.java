@NullMarked
package dev.argon.waltools.show;

import org.jspecify.annotations.NullMarked;
