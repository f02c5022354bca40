@NullMarked
package dev.argon.compute.prewarm;

import org.jspecify.annotations.NullMarked;
