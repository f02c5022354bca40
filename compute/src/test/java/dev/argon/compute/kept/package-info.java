@NullMarked
package dev.argon.compute.kept;

import org.jspecify.annotations.NullMarked;
