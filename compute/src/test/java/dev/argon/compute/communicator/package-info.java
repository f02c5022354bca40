@NullMarked
package dev.argon.compute.communicator;

import org.jspecify.annotations.NullMarked;
