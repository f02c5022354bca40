@NullMarked
package dev.argon.compute.proposer;

import org.jspecify.annotations.NullMarked;
