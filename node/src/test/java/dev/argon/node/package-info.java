@NullMarked
package dev.argon.node;

import org.jspecify.annotations.NullMarked;
