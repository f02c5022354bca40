@NullMarked
package dev.argon.waltools.verify;

import org.jspecify.annotations.NullMarked;
