/// Safekeepers with real clients and real faults. [RawConnection] and [ScriptedProposer] speak the
/// protocols by hand, so that a client of ours cannot hide what a server of ours does wrong. Called
/// by the tests of this package only. A fault that has not happened, or a step that was not
/// reached, must fail its test.
@NullMarked
package dev.argon.it.safekeeper;

import org.jspecify.annotations.NullMarked;
