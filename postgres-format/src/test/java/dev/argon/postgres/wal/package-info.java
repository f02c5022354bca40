@NullMarked
package dev.argon.postgres.wal;

import org.jspecify.annotations.NullMarked;
