/// Safekeepers with real clients and real faults. [RawConnection] and [ScriptedProposer] speak the
/// protocols by hand, so that a client of ours cannot hide what a server of ours does wrong;
/// [SafekeeperProcess] is one real safekeeper without the rest of a stack. Called by the tests of
/// this package only. A test that cannot do what its name says must be reported as skipped.
@NullMarked
package dev.argon.it.safekeeper;

import org.jspecify.annotations.NullMarked;
