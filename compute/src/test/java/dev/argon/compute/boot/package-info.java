@NullMarked
package dev.argon.compute.boot;

import org.jspecify.annotations.NullMarked;
