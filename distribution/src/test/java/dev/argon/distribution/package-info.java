@NullMarked
package dev.argon.distribution;

import org.jspecify.annotations.NullMarked;
