/// Named steps at which a test can have the process killed: [Failpoint]. Called from wherever a
/// step matters for what is on disk. Nothing here may cost anything, or do anything, in a process
/// that was not started with a failpoint.
@NullMarked
package dev.argon.safekeeper.failpoint;

import org.jspecify.annotations.NullMarked;
