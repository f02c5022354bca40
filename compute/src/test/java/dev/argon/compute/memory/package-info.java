@NullMarked
package dev.argon.compute.memory;

import org.jspecify.annotations.NullMarked;
