@NullMarked
package dev.argon.postgres.relmap;

import org.jspecify.annotations.NullMarked;
