@NullMarked
package dev.argon.pageserver.layer;

import org.jspecify.annotations.NullMarked;
