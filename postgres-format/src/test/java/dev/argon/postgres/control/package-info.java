@NullMarked
package dev.argon.postgres.control;

import org.jspecify.annotations.NullMarked;
