@NullMarked
package dev.argon.waltools.replay;

import org.jspecify.annotations.NullMarked;
