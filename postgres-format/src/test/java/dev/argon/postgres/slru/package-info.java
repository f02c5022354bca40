@NullMarked
package dev.argon.postgres.slru;

import org.jspecify.annotations.NullMarked;
