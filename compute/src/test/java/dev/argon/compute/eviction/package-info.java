@NullMarked
package dev.argon.compute.eviction;

import org.jspecify.annotations.NullMarked;
