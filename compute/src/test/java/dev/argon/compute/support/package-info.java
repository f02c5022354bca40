/// What the compute is tested against: a stock cluster, safekeepers in memory, a pageserver that
/// gives the files of a stopped cluster.
@NullMarked
package dev.argon.compute.support;

import org.jspecify.annotations.NullMarked;
