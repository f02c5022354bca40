@NullMarked
package dev.argon.pageserver.timeline;

import org.jspecify.annotations.NullMarked;
