@NullMarked
package dev.argon.postgres.page;

import org.jspecify.annotations.NullMarked;
