/// A file layer that can lose power. The library in `src/test/native` is loaded into the processes
/// of a stack and keeps a shadow of what a disk would hold; [PowerLossLayer] builds it, says how to
/// start processes under it, and puts the shadow in place of the directory when the power is lost.
///
/// SIGKILL alone cannot show a missing fsync, because the kernel still writes what a dead process
/// left behind.
@NullMarked
package dev.argon.it.powerloss;

import org.jspecify.annotations.NullMarked;
