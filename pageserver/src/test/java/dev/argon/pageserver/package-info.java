@NullMarked
package dev.argon.pageserver;

import org.jspecify.annotations.NullMarked;
