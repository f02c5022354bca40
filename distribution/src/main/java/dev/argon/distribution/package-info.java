/// What is done once with what was built: the training run of the AOT cache that all processes
/// start with. Called by the launcher, `./argon`; nothing here runs on a stack.
@NullMarked
package dev.argon.distribution;

import org.jspecify.annotations.NullMarked;
