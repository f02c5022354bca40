@NullMarked
package dev.argon.compute.compare;

import org.jspecify.annotations.NullMarked;
