@NullMarked
package dev.argon.compute.spec;

import org.jspecify.annotations.NullMarked;
