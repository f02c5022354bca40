@NullMarked
package dev.argon.compute.postgres;

import org.jspecify.annotations.NullMarked;
